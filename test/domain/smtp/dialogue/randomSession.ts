/** Sessions between the dialogue, a server that is honest most of the time, and a connection that does as it likes. */
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Dialogue from "../../../../src/domain/smtp/Dialogue.ts"
import type {
  DialogueAction,
  DialogueEvent,
  TransactionPlan
} from "../../../../src/domain/smtp/DialogueTypes.ts"
import { decodeText } from "../../../../src/domain/smtp/ReplyParser.ts"
import {
  password,
  recipient,
  type SessionSetting,
  sessionPlan,
  tlsFacts,
  transactionPlan,
  withPassword
} from "./plans.ts"

type Move =
  /** The honest answer to what waits longest, or what a driver has to do next. */
  | { readonly _tag: "GoOn" }
  | { readonly _tag: "Refuse"; readonly reply: string }
  | { readonly _tag: "Say"; readonly text: string }
  | { readonly _tag: "Octets"; readonly bytes: Uint8Array }
  | { readonly _tag: "Closed" | "DeadlinePassed" | "Quit" | "BodyProgress" | "ChunkSent" | "BodySent" }

const capabilities = FastCheck.subarray([
  "PIPELINING",
  "CHUNKING",
  "STARTTLS",
  "AUTH PLAIN LOGIN",
  "AUTH=CRAM-MD5",
  "DSN",
  "SIZE 1000",
  "SMTPUTF8",
  "ENHANCEDSTATUSCODES",
  "LIMITS MAILMAX=2 RCPTMAX=1"
]).map((keywords) => ["hello", ...keywords])

const noise = FastCheck.oneof(
  FastCheck.constantFrom("250 ok", "354 go", "235 ok", "220 hi", "334 ", "334 QUFB", "421 bye", "503 x"),
  FastCheck.constantFrom("", "25", "250-", "600 x", "250 a\0b\x1b"),
  FastCheck.string()
)

const refusals = FastCheck.constantFrom("550 no", "450 pencil", "535 pencil", "501 x", "504 x", "554 5.7.1 x")

const moves: FastCheck.Arbitrary<Move> = FastCheck.oneof(
  { weight: 100, arbitrary: FastCheck.constant({ _tag: "GoOn" as const }) },
  { weight: 6, arbitrary: refusals.map((reply) => ({ _tag: "Refuse" as const, reply })) },
  { weight: 1, arbitrary: noise.map((text) => ({ _tag: "Say" as const, text })) },
  { weight: 1, arbitrary: FastCheck.uint8Array().map((bytes) => ({ _tag: "Octets" as const, bytes })) },
  {
    weight: 3,
    arbitrary: FastCheck.constantFrom<Move>(
      { _tag: "ChunkSent" },
      { _tag: "BodyProgress" },
      { _tag: "BodySent" },
      { _tag: "Closed" },
      { _tag: "DeadlinePassed" },
      { _tag: "Quit" }
    )
  }
)

const settings = FastCheck.constantFrom<SessionSetting>(
  {},
  { mode: "opportunistic" },
  { mode: "required", auth: withPassword },
  { mode: "implicit", tls: tlsFacts(), auth: withPassword },
  { auth: withPassword, isLoopback: true },
  { heloName: "a\r\nb" }
)

/** Addresses of any characters: the encoder is all that stands between them and the wire. */
const anyAddress = FastCheck.oneof(
  FastCheck.constantFrom("a@x", "b@x", "c@x"),
  FastCheck.constantFrom("jörg@x", "a@x>\r\nRCPT TO:<b@x", '"a b"@x', "\0@x", ""),
  FastCheck.string(),
  FastCheck.fullUnicodeString()
)

const transactions: FastCheck.Arbitrary<TransactionPlan> = FastCheck.record({
  to: FastCheck.array(anyAddress, { minLength: 1, maxLength: 4 }),
  all: FastCheck.boolean(),
  inline: FastCheck.boolean(),
  envid: FastCheck.oneof({ weight: 4, arbitrary: FastCheck.constant("id") }, FastCheck.string())
}).map(({ to, all, inline, envid }) =>
  transactionPlan("a", {
    recipients: to.map((address) => recipient(address, { originalRecipient: address.toUpperCase() })),
    requireAllRecipients: all,
    envid,
    ...(inline ? { inline: new Uint8Array(100) } : {})
  })
)

export interface Play {
  readonly actions: ReadonlyArray<DialogueAction>
  readonly steps: ReadonlyArray<{
    readonly event: DialogueEvent
    readonly actions: ReadonlyArray<DialogueAction>
  }>
  /** What was given to `Deliver`. */
  readonly begun: ReadonlyArray<TransactionPlan>
}

type SendAction = Extract<DialogueAction, { readonly _tag: "Send" }>

export const sends = ({ actions }: Play): ReadonlyArray<SendAction> =>
  actions.filter((action) => action._tag === "Send")

export const commandText = (action: SendAction): string =>
  decodeText(action.bytes.subarray(0, action.bytes.length - (action.messageBytes ?? 0)))

const line = (text: string): DialogueEvent => ({
  _tag: "Received",
  bytes: new TextEncoder().encode(`${text}\r\n`)
})

/** What an honest server says; the greeting is its answer to being connected, 250 to all that isn't here. */
const answers: ReadonlyArray<readonly [start: string, reply: string]> = [
  ["CONNECT", "220 hi"],
  ["STARTTLS", "220 go"],
  ["AUTH LOGIN", "334 "],
  ["AUTH CRAM", "334 QUFB"],
  ["AUTH", "235 ok"],
  ["DATA", "354 go"],
  ["*", "501 cancelled"],
  ["QUIT", "221 bye"]
]

const capabilityReply = (keywords: ReadonlyArray<string>): string =>
  keywords.map((word, index) => `250${index === keywords.length - 1 ? " " : "-"}${word}`).join("\r\n")

const answerTo = (command: string, keywords: ReadonlyArray<string>): string => {
  if (command.startsWith("EHLO")) return capabilityReply(keywords)
  const known = answers.find(([start]) => command.startsWith(start))
  if (known !== undefined) return known[1]
  // Base64 is the last word of a SASL exchange here, now and then the first.
  return /^[A-Z]+ |^MESSAGE$|^RSET$|^\.$/.test(command) ? "250 ok" : "235 ok"
}

/** What was sent and not yet answered. */
interface Server {
  readonly waiting: Array<string>
  isReadingBody: boolean
}

const observe = (server: Server, action: DialogueAction): void => {
  if (action._tag === "Send") server.waiting.push(...commandText(action).slice(0, -2).split("\r\n"))
  if (action._tag === "SendBody") server.isReadingBody = true
}

const hear = (server: Server, event: DialogueEvent): void => {
  if (!server.isReadingBody) return
  if (event._tag === "ChunkSent" || event._tag === "BodySent") server.waiting.push("MESSAGE")
  if (event._tag === "BodySent") server.isReadingBody = false
}

const eventFor = (server: Server, keywords: ReadonlyArray<string>, move: Move): DialogueEvent => {
  if (move._tag === "Say") return line(move.text)
  if (move._tag === "Octets") return { _tag: "Received", bytes: move.bytes }
  if (move._tag !== "GoOn" && move._tag !== "Refuse") return { _tag: move._tag }
  const command = server.waiting.shift()
  if (command === undefined) return { _tag: server.isReadingBody ? "BodySent" : "BodyProgress" }
  return line(move._tag === "Refuse" ? move.reply : answerTo(command, keywords))
}

interface Cast {
  readonly setting: SessionSetting
  readonly keywords: ReadonlyArray<string>
  readonly moves: ReadonlyArray<Move>
  readonly queue: ReadonlyArray<TransactionPlan>
}

/** The driver does what it is asked. */
const play = (cast: Cast): Play => {
  let { state } = Dialogue.start(sessionPlan(cast.setting))
  const server: Server = { waiting: ["CONNECT"], isReadingBody: false }
  const steps: Array<Play["steps"][number]> = []
  const begun: Array<TransactionPlan> = []
  const queue = [...cast.queue]
  const feed = (event: DialogueEvent): void => {
    hear(server, event)
    const { state: next, actions } = Dialogue.step(state, event)
    state = next
    steps.push({ event, actions })
    for (const action of actions) {
      observe(server, action)
      if (action._tag === "StartTls") feed({ _tag: "TlsEstablished", tls: tlsFacts() })
      if (action._tag === "NeedCredentials") {
        feed({ _tag: "CredentialsReady", credentials: Either.right(password) })
      }
    }
    const [transaction] = queue
    if (transaction !== undefined && Dialogue.isIdle(state)) {
      queue.shift()
      begun.push(transaction)
      feed({ _tag: "Deliver", transaction })
    }
  }
  feed({ _tag: "Connected" })
  for (const move of cast.moves) feed(eventFor(server, cast.keywords, move))
  feed({ _tag: "Closed" })
  return { actions: steps.flatMap(({ actions }) => actions), steps, begun }
}

export const plays: FastCheck.Arbitrary<Play> = FastCheck.record({
  setting: settings,
  keywords: capabilities,
  moves: FastCheck.array(moves, { minLength: 5, maxLength: 60 }),
  queue: FastCheck.array(transactions, { maxLength: 4 })
}).map(play)
