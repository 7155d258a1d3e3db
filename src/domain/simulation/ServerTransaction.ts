/**
 * The commands of a transaction, and the message itself, as a simulated relay answers them.
 *
 * Source: RFC 5321 §4.3.2; RFC 1870 §6.1 (SIZE); RFC 3030 §2 (BDAT).
 */
import { toText } from "../mail/ByteString.ts"
import * as RelayState from "./RelayState.ts"
import { type ChunkPhase, consult, hangUp, permits, say, type Turn, unless } from "./ServerTurn.ts"

/** Back to where MAIL may come. */
export const endTransaction = (turn: Turn): void => {
  const { sender: _sender, chunks: _chunks, ...session } = turn.session
  turn.session = { ...session, recipients: [] }
}

const path = (argument: string, keyword: "FROM" | "TO"): { address: string; rest: string } | undefined => {
  const match = new RegExp(`^${keyword}: *<([^>]*)>(.*)$`, "i").exec(argument)
  return match === null ? undefined : { address: toText(match[1] ?? ""), rest: match[2] ?? "" }
}

const sizeLimit = (extensions: ReadonlyArray<string>): number => {
  const parameter = extensions.map((keyword) => /^SIZE +([0-9]+)$/i.exec(keyword)?.[1]).find(Boolean)
  return parameter === undefined || parameter === "0" ? Number.POSITIVE_INFINITY : Number(parameter)
}

const tooLarge = "552 5.3.4 Message size exceeds fixed limit"

const refusalOfSender = ({ now, relay, session }: Turn, rest: string): string | undefined => {
  const { extensions, limits, requiresAuth } = relay.script
  const declared = Number(/ SIZE=([0-9]+)/i.exec(rest)?.[1] ?? 0)
  if (!session.isGreeted) return "503 5.5.1 Say hello first"
  if (session.sender !== undefined) return "503 5.5.1 Nested MAIL command"
  if (requiresAuth && session.user === undefined) return "530 5.7.0 Authentication required"
  if (declared > sizeLimit(extensions)) return tooLarge
  return RelayState.isOverRate(relay, now) ? limits.rate?.reply : undefined
}

export const mail = (turn: Turn, argument: string): void => {
  const given = path(argument, "FROM")
  if (given === undefined) {
    say(turn, ["501 5.5.4 Syntax: MAIL FROM:<address>"])
    return
  }
  const { messages = Number.POSITIVE_INFINITY } = turn.relay.script.limits
  const verdict = consult(turn, { sender: given.address }, "mail")
  if (!verdict.isAnswered && turn.session.messages >= messages) {
    say(turn, ["421 4.7.0 Too many messages in this session"], verdict.delayMillis)
    hangUp(turn)
    return
  }
  const refusal = refusalOfSender(turn, given.rest)
  if (!permits(turn, verdict, refusal)) {
    if (refusal?.startsWith("421")) hangUp(turn)
    return
  }
  turn.session = { ...turn.session, sender: given.address, recipients: [] }
  unless(turn, verdict, "250 2.1.0 Sender OK")
}

const refusalOfRecipient = (turn: Turn, recipient: string): string | undefined => {
  const { limits } = turn.relay.script
  const { recipients, sender } = turn.session
  if (sender === undefined) return "503 5.5.1 MAIL first"
  if (recipients.length >= (limits.recipients ?? Number.POSITIVE_INFINITY))
    return "452 4.5.3 Too many recipients"
  const { mustWait, relay } = RelayState.greylisted(turn.relay, sender, recipient, turn.now)
  turn.relay = relay
  return mustWait ? "451 4.7.1 Greylisted, try again later" : undefined
}

export const rcpt = (turn: Turn, argument: string): void => {
  const given = path(argument, "TO")
  if (given === undefined) {
    say(turn, ["501 5.5.4 Syntax: RCPT TO:<address>"])
    return
  }
  const { sender } = turn.session
  const use = { recipients: [given.address], ...(sender === undefined ? {} : { sender }) }
  const verdict = consult(turn, use, "rcpt")
  const refusal = verdict.isAnswered ? undefined : refusalOfRecipient(turn, given.address)
  if (!permits(turn, verdict, refusal)) return
  turn.session = { ...turn.session, recipients: [...turn.session.recipients, given.address] }
  unless(turn, verdict, "250 2.1.5 Recipient OK")
}

const transaction = ({ session: { recipients, sender } }: Turn) => ({
  recipients,
  ...(sender === undefined ? {} : { sender })
})

const outOfPlace = ({ session: { recipients, sender } }: Turn): string | undefined => {
  if (sender === undefined) return "503 5.5.1 MAIL first"
  return recipients.length === 0 ? "554 5.5.1 No valid recipients" : undefined
}

export const data = (turn: Turn): void => {
  const verdict = consult(turn, transaction(turn), "data")
  if (!permits(turn, verdict, outOfPlace(turn))) return
  unless(turn, verdict, "354 End data with <CR><LF>.<CR><LF>")
  if (turn.session.phase._tag === "Commands") turn.session = { ...turn.session, phase: { _tag: "Data" } }
}

export const bdat = (turn: Turn, argument: string): void => {
  const [, size, last] = /^([0-9]{1,15})( +LAST)?$/i.exec(argument.trim()) ?? []
  if (size === undefined) {
    say(turn, ["501 5.5.4 Syntax: BDAT size [LAST]"])
    return
  }
  const before = turn.session.chunks ?? ""
  turn.session = {
    ...turn.session,
    phase: { _tag: "Chunk", bytes: Number(size), isLast: last !== undefined, before }
  }
}

/** The whole message is there. */
export const finish = (turn: Turn, text: string, refusal?: string): void => {
  const { recipients, sender = "" } = turn.session
  const verdict = consult(turn, { sender, recipients }, "final-dot")
  const isTooLarge = text.length > sizeLimit(turn.relay.script.extensions)
  const isAccepted = permits(turn, verdict, refusal ?? (isTooLarge ? tooLarge : undefined))
  if (verdict.stored ?? isAccepted) {
    turn.stored.push({ sender, recipients, text })
    turn.relay = RelayState.taken(turn.relay, turn.now)
    turn.session = { ...turn.session, messages: turn.session.messages + 1 }
  }
  endTransaction(turn)
  if (isAccepted) unless(turn, verdict, "250 2.0.0 Message accepted")
}

export const chunkTaken = (turn: Turn, text: string, { isLast, bytes }: ChunkPhase): void => {
  const refusal = outOfPlace(turn)
  if (isLast) {
    finish(turn, text, refusal)
    return
  }
  if (refusal !== undefined) {
    say(turn, [refusal])
    return
  }
  turn.session = { ...turn.session, chunks: text }
  say(turn, [`250 2.0.0 ${bytes} octets received`])
}
