/** A relay that answers by a script, on a line without a network: the real client talks to it, in virtual time. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { TlsFacts } from "../../../src/domain/smtp/DialogueTypes.ts"
import type { Relay } from "../../../src/domain/smtp/Relay.ts"
import { ConnectFailed, peerOf, TlsFailed } from "../../../src/domain/smtp/SmtpError.ts"
import { Dialer, type Dialled, type Line, type LineEvent } from "../../../src/services/Dialer.ts"
import type { Answer, RelayPhase, RelayScript, Verb } from "./Story.ts"

export interface TakenMessage {
  readonly atMillis: number
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** As on the wire, dot-stuffing undone. */
  readonly text: string
}

export interface ScriptedRelay {
  readonly layer: Layer.Layer<Dialer>
  readonly messages: ReadonlyArray<TakenMessage>
  /** When each connection was tried, whether it was made or not. */
  readonly attemptsAt: ReadonlyArray<number>
}

const address = { address: "192.0.2.25", port: 587 }

const tlsFacts: TlsFacts = {
  protocol: "TLSv1.3",
  cipher: "TLS_AES_256_GCM_SHA384",
  cipherBits: 256,
  hasClientCertificate: false,
  channelBinding: {}
}

const defaults: Record<Verb, string> = {
  greeting: "220 smtp.example.org ESMTP",
  EHLO: "",
  HELO: "250 smtp.example.org",
  STARTTLS: "220 2.0.0 go ahead",
  AUTH: "235 2.7.0 welcome",
  MAIL: "250 2.1.0 sender ok",
  RCPT: "250 2.1.5 recipient ok",
  DATA: "354 go on",
  dot: "250 2.0.0 queued as 42"
}

const capabilities = (script: RelayScript, isSecure: boolean): string => {
  const offered = script.extensions ?? ["PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES"]
  const all = ["smtp.example.org", ...offered, ...(script.tls !== undefined && !isSecure ? ["STARTTLS"] : [])]
  return all.map((line, index) => `250${index === all.length - 1 ? " " : "-"}${line}`).join("\r\n")
}

const verbs: ReadonlyArray<Verb> = ["EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"]

const bracketed = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? ""

/** How often each answer of a relay has been used, over all its sessions. */
type Uses = Map<string, number>

const nth = (answers: ReadonlyArray<Answer> | undefined, uses: Uses, key: string): Answer | undefined => {
  if (answers === undefined) return undefined
  const used = uses.get(key) ?? 0
  uses.set(key, used + 1)
  return answers[Math.min(used, answers.length - 1)]
}

interface Session {
  readonly script: RelayScript
  readonly uses: Uses
  readonly take: (message: Omit<TakenMessage, "atMillis">) => void
}

/** One connection: octets in, events out, at once. */
class ScriptedSession {
  private text = ""
  private isOpen = true
  private isMute = false
  private isSecure = false
  private mode: "command" | "auth" | "data" = "command"
  private from = ""
  private to: Array<string> = []
  private readonly session: Session
  private readonly tell: (event: LineEvent) => void

  constructor(session: Session, tell: (event: LineEvent) => void) {
    this.session = session
    this.tell = tell
    this.answer("greeting")
  }

  get open(): boolean {
    return this.isOpen
  }

  secure(): void {
    this.isSecure = true
  }

  hear(parts: ReadonlyArray<Uint8Array>): void {
    if (!this.isOpen) return
    for (const part of parts) this.text += Buffer.from(part).toString("latin1")
    while (this.isOpen && this.takeOne());
  }

  close(): void {
    this.isOpen = false
  }

  /** True: something was taken, and there may be more. */
  private takeOne(): boolean {
    if (this.mode === "data") return this.takeBody()
    const end = this.text.indexOf("\r\n")
    if (end < 0) return false
    const line = this.text.slice(0, end)
    this.text = this.text.slice(end + 2)
    this.obey(line)
    return true
  }

  private takeBody(): boolean {
    const end = this.text.startsWith(".\r\n") ? 0 : this.text.indexOf("\r\n.\r\n") + 2
    if (end === 1) return false
    const text = this.text.slice(0, end).replace(/^\.\./gm, ".")
    this.text = this.text.slice(end + 3)
    this.mode = "command"
    const said = this.answer("dot")
    if (said?.startsWith("2") === true) this.session.take({ from: this.from, to: this.to, text })
    return true
  }

  private obey(line: string): void {
    const verb = this.mode === "auth" ? "AUTH" : verbs.find((known) => line.toUpperCase().startsWith(known))
    switch (verb) {
      case "AUTH":
        this.mode = this.answer("AUTH")?.startsWith("3") === true ? "auth" : "command"
        return
      case "MAIL":
        if (this.answer("MAIL")?.startsWith("2") === true) this.from = bracketed(line)
        this.to = []
        return
      case "RCPT":
        if (this.answerTo(bracketed(line))?.startsWith("2") === true) this.to.push(bracketed(line))
        return
      case "DATA":
        this.beginData()
        return
      case undefined:
        this.say(line.toUpperCase() === "QUIT" ? "221 2.0.0 bye" : "250 2.0.0 ok")
        if (line.toUpperCase() === "QUIT") this.end()
        return
      default:
        this.answer(verb)
    }
  }

  private beginData(): void {
    if (this.to.length === 0) this.say("554 5.5.1 no valid recipients")
    else if (this.answer("DATA")?.startsWith("3") === true) this.mode = "data"
  }

  private answerTo(recipient: string): string | undefined {
    const { script, uses } = this.session
    const own = nth(script.recipients?.[recipient], uses, `RCPT ${recipient}`)
    return own === undefined ? this.answer("RCPT") : this.give(own)
  }

  private answer(verb: Verb): string | undefined {
    const { script, uses } = this.session
    const scripted = nth(script.answers?.[verb], uses, verb)
    return this.give(scripted ?? (verb === "EHLO" ? capabilities(script, this.isSecure) : defaults[verb]))
  }

  private give(answer: Answer): string | undefined {
    if (typeof answer === "string") {
      this.say(answer)
      return answer
    }
    if ("drop" in answer) this.end()
    else this.isMute = true
    return undefined
  }

  private say(reply: string): void {
    if (this.isMute || !this.isOpen) return
    this.tell({ _tag: "Received", bytes: Buffer.from(`${reply}\r\n`, "latin1") })
  }

  private end(): void {
    this.isOpen = false
    this.tell({ _tag: "Closed" })
  }
}

const lineOf = (session: ScriptedSession, upgrade: Effect.Effect<TlsFacts, TlsFailed>): Line => ({
  isOpen: () => session.open,
  write: (parts) => session.hear(parts),
  drained: Effect.void,
  consumed: () => {},
  upgrade: Effect.map(upgrade, (facts) => {
    session.secure()
    return Option.some(facts)
  }),
  finish: Effect.sync(() => session.close()),
  destroy: () => session.close()
})

const handshake = (relay: Relay, { tls }: RelayScript): Effect.Effect<TlsFacts, TlsFailed> =>
  tls === undefined || tls === "works"
    ? Effect.succeed(tlsFacts)
    : Effect.fail(new TlsFailed({ peer: peerOf(relay), reason: tls.fails, detail: tls.detail }))

const dialled = (relay: Relay, session: Session): Dialled => {
  const shake = handshake(relay, session.script)
  return {
    address,
    localAddress: "192.0.2.1",
    secure: shake,
    listen: (tell) => lineOf(new ScriptedSession(session, tell), shake)
  }
}

/** Found, but nobody is there. */
const isFound = (reason: NonNullable<RelayScript["unreachable"]>): boolean =>
  reason === "Refused" || reason === "Unreachable" || reason === "Lost"

/** `startMillis`: when the first phase begins. */
export const make = (phases: ReadonlyArray<RelayPhase>, startMillis: number): ScriptedRelay => {
  const messages: Array<TakenMessage> = []
  const attemptsAt: Array<number> = []
  const uses = new Map<RelayScript, Uses>(phases.map((phase) => [phase, new Map()]))
  const scriptAt = (now: number): RelayScript =>
    phases.find(
      ({ untilMinutes }) => untilMinutes === undefined || now < startMillis + untilMinutes * 60_000
    ) ?? {}

  const find = (relay: Relay) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const script = scriptAt(now)
      const { tls, unreachable } = script
      const peer = peerOf(relay)
      attemptsAt.push(now)
      if (unreachable !== undefined && !isFound(unreachable)) {
        return yield* new ConnectFailed({ peer, stage: "resolve", reason: unreachable })
      }
      if (typeof tls === "object" && tls.fails === "Store") yield* handshake(relay, script)
      const take: Session["take"] = (message) => messages.push({ ...message, atMillis: now })
      return {
        addresses: [address],
        connect: () =>
          unreachable === undefined
            ? Effect.succeed(dialled(relay, { script, uses: uses.get(script) ?? new Map(), take }))
            : Effect.fail(new ConnectFailed({ peer, stage: "connect", reason: unreachable })),
        tlsFault: () => Option.none()
      }
    })

  const layer = Layer.succeed(Dialer, Dialer.of({ find, survey: () => Effect.succeed([]) }))
  return { layer, messages, attemptsAt }
}
