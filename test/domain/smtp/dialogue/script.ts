/**
 * Runs a session that is written down as a transcript.
 *
 * A script is a list of lines. `S: ` is a line from the server (CRLF added), `S~ ` a piece of one as it stands (`\r`, `\n`
 * and `\0` spelled out); consecutive ones arrive in one read. `! ` is another event. `C: ` is a line to the server, `= `
 * another action, `~ ` a note (looked at only where a script has one), `@ ` a deadline (likewise). The session is played by
 * feeding the first two kinds; what comes out must be the other kinds, in their places.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import type { HookFailed } from "../../../../src/domain/mda/MdaError.ts"
import { concat } from "../../../../src/domain/sasl/Octets.ts"
import type { Credentials } from "../../../../src/domain/sasl/Sasl.ts"
import * as Dialogue from "../../../../src/domain/smtp/Dialogue.ts"
import type {
  DialogueAction,
  DialogueEvent,
  DialogueNote,
  RecipientResult,
  TlsFacts,
  TransactionPlan
} from "../../../../src/domain/smtp/DialogueTypes.ts"
import type { Reply } from "../../../../src/domain/smtp/Reply.ts"
import { decodeText } from "../../../../src/domain/smtp/ReplyParser.ts"
import type { SmtpError } from "../../../../src/domain/smtp/SmtpError.ts"
import { password, type SessionSetting, sessionPlan, tlsFacts, transactionPlan } from "./plans.ts"

export interface Scenario {
  /** Threat id and RFC section first. */
  readonly name: string
  readonly session?: SessionSetting
  /** What `! deliver` begins, and `! deliver 2` after it. */
  readonly deliver?: TransactionPlan
  readonly deliver2?: TransactionPlan
  readonly credentials?: Credentials
  readonly hookFailure?: HookFailed
  readonly tls?: Partial<TlsFacts>
  readonly script: ReadonlyArray<string>
  /** What the server says at once means something else when it comes in pieces. */
  readonly isOneRead?: boolean
}

const words = (...parts: ReadonlyArray<string | number | undefined>): string =>
  parts.filter((part) => part !== undefined && part !== "").join(" ")

const replyWords = (reply: Reply | undefined): string | undefined =>
  reply === undefined ? undefined : String(reply.code)

export const errorText = (error: SmtpError | HookFailed): string => {
  switch (error._tag) {
    case "ConnectFailed":
      return words(error._tag, error.reason, error.stage, replyWords(error.reply))
    case "TlsFailed":
      return words(error._tag, error.reason, replyWords(error.reply))
    case "AuthFailed":
      return words(error._tag, error.reason, error.mechanism, replyWords(error.reply))
    case "SenderRejected":
      return words(error._tag, replyWords(error.reply))
    case "RecipientsRejected":
      return words(error._tag, ...error.rejected.map(({ reply }) => reply.code))
    case "MessageRejected":
      return words(error._tag, error.reason, error.stage, replyWords(error.reply), error.enhanced)
    case "ProtocolViolation":
      return words(error._tag, `${error.stage}:`, error.detail)
    case "SessionTimedOut":
      return words(error._tag, error.stage)
    case "HookFailed":
      return words(error._tag, error.hook)
  }
}

const resultText = ({ recipient, result }: RecipientResult): string =>
  words(
    `${recipient.mailbox.replace("@x.example", "")}:`,
    Either.match(result, { onLeft: errorText, onRight: ({ code }) => `delivered ${code}` })
  )

const noteText = (what: DialogueNote): string => {
  switch (what._tag) {
    case "ReplyTo":
      return words(what.stage, what.recipient?.mailbox, what.reply.code, what.reply.lines.join("|"))
    case "MechanismChosen":
      return words(what._tag, what.mechanism, what.because)
    case "MechanismFailed":
      return words(what._tag, errorText(what.error))
    case "ContinuingInClear":
      return words(what._tag, what.because)
    case "DsnNotOffered":
      return what._tag
  }
}

const sentLines = (action: Extract<DialogueAction, { readonly _tag: "Send" }>): ReadonlyArray<string> => {
  const commandBytes = action.bytes.length - (action.messageBytes ?? 0)
  const text = decodeText(action.bytes.subarray(0, commandBytes))
  assert.strictEqual(text.slice(-2), "\r\n", "a command ends with CRLF")
  const lines = text.slice(0, -2).split("\r\n")
  const masked = action.masked.slice(0, -2).split("\r\n")
  assert.strictEqual(masked.length, lines.length)
  masked.forEach((line, index) => {
    if (line !== lines[index]) assert.match(line, /^(?:AUTH [A-Z0-9-]+ )?\*redacted\*$/)
  })
  const message = action.messageBytes === undefined ? [] : [`C: <${action.messageBytes} octets>`]
  return [...lines.map((line) => `C: ${line}`), ...message]
}

const actionLines = (action: DialogueAction): ReadonlyArray<string> => {
  switch (action._tag) {
    case "Send":
      return sentLines(action)
    case "Arm":
      return [`@ ${action.stage} ${action.millis / 1000}`]
    case "Disarm":
      return ["@ none"]
    case "SendBody":
      return [`= SendBody ${action.framing}`]
    case "Note":
      return [`~ ${noteText(action.note)}`]
    case "Finished":
      return [`= Finished ${action.results.map(resultText).join(", ")}`]
    case "Fail":
      return [`= Fail ${errorText(action.error)}`]
    case "StartTls":
    case "NeedCredentials":
    case "Ready":
    case "Close":
      return [`= ${action._tag}`]
  }
}

const octetsOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const serverBytes = (line: string): Uint8Array =>
  line.startsWith("S: ")
    ? octetsOf(`${line.slice(3)}\r\n`)
    : octetsOf(line.slice(3).replaceAll("\\r", "\r").replaceAll("\\n", "\n").replaceAll("\\0", "\0"))

const eventOf = (scenario: Scenario, line: string): DialogueEvent => {
  switch (line) {
    case "! tls":
      return { _tag: "TlsEstablished", tls: tlsFacts(scenario.tls) }
    case "! credentials":
      return {
        _tag: "CredentialsReady",
        credentials:
          scenario.hookFailure === undefined
            ? Either.right(scenario.credentials ?? password)
            : Either.left(scenario.hookFailure)
      }
    case "! deliver":
      return { _tag: "Deliver", transaction: scenario.deliver ?? transactionPlan("a") }
    case "! deliver 2":
      return { _tag: "Deliver", transaction: scenario.deliver2 ?? transactionPlan("a") }
    case "! chunk":
      return { _tag: "ChunkSent" }
    case "! progress":
      return { _tag: "BodyProgress" }
    case "! body":
      return { _tag: "BodySent" }
    case "! closed":
      return { _tag: "Closed" }
    case "! deadline":
      return { _tag: "DeadlinePassed" }
    case "! quit":
      return { _tag: "Quit" }
    default:
      throw new TypeError(`no such event: ${line}`)
  }
}

const isServer = (line: string): boolean => line.startsWith("S")

const isInput = (line: string): boolean => isServer(line) || line.startsWith("!")

type Pieces = (bytes: Uint8Array) => ReadonlyArray<Uint8Array>

/** Server lines that follow each other become one read; other events stand for themselves. */
const inputsOf = (scenario: Scenario, lines: ReadonlyArray<string>, pieces: Pieces) => {
  const inputs: Array<DialogueEvent> = []
  let read: Array<Uint8Array> = []
  const flush = () => {
    for (const bytes of pieces(concat(...read))) inputs.push({ _tag: "Received", bytes })
    read = []
  }
  for (const line of lines) {
    if (isServer(line)) read.push(serverBytes(line))
    else {
      flush()
      inputs.push(eventOf(scenario, line))
    }
  }
  flush()
  return inputs
}

export const wholeReads: Pieces = (bytes) => (bytes.length === 0 ? [] : [bytes])

export const singleOctets: Pieces = (bytes) => Array.from(bytes, (octet) => Uint8Array.of(octet))

/** The transcript that the scenario's inputs really give. */
export const play = (scenario: Scenario, pieces: Pieces): ReadonlyArray<string> => {
  const opening = Dialogue.step(Dialogue.start(sessionPlan(scenario.session)).state, { _tag: "Connected" })
  let { state } = opening
  const shown: Array<string> = opening.actions.flatMap(actionLines)
  const lines = [...scenario.script]
  while (lines.length > 0) {
    const end = lines.findIndex((line) => !isInput(line))
    const inputs = lines.splice(0, end === -1 ? lines.length : end)
    if (inputs.length === 0) lines.shift()
    shown.push(...inputs)
    for (const event of inputsOf(scenario, inputs, pieces)) {
      const next = Dialogue.step(state, event)
      state = next.state
      shown.push(...next.actions.flatMap(actionLines))
    }
  }
  return shown
}

const hidden = (scenario: Scenario): ReadonlyArray<string> =>
  ["~", "@"].filter((kind) => !scenario.script.some((line) => line.startsWith(kind)))

export const check = (scenario: Scenario, pieces: Pieces): void => {
  const kinds = hidden(scenario)
  const shown = play(scenario, pieces).filter((line) => !kinds.some((kind) => line.startsWith(kind)))
  assert.deepStrictEqual(shown, scenario.script)
}

/** Every scenario twice: its reads as they stand, and cut into single octets. */
export const describeScenarios = (title: string, scenarios: ReadonlyArray<Scenario>): void => {
  describe(title, () => {
    it.each(scenarios)("$name", (scenario) => check(scenario, wholeReads))
    it.each(scenarios.filter(({ isOneRead }) => isOneRead !== true))("$name, octet by octet", (scenario) =>
      check(scenario, singleOctets)
    )
  })
}
