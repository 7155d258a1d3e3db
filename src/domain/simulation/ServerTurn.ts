/** The vocabulary of a simulated relay's session, and how its script takes hold of a stage. */
import type { RuleStage } from "./RelayScript.ts"
import * as RelayState from "./RelayState.ts"
import type { Exchange } from "./ServerAuth.ts"

export interface ChunkPhase {
  readonly _tag: "Chunk"
  readonly bytes: number
  readonly isLast: boolean
  /** What earlier chunks brought. */
  readonly before: string
}

export type Phase =
  /** Nobody is connected. */
  | { readonly _tag: "Fresh" }
  | { readonly _tag: "Commands" }
  | { readonly _tag: "Auth"; readonly exchange: Exchange }
  | { readonly _tag: "Data" }
  | ChunkPhase
  /** Closed, or silent for good. */
  | { readonly _tag: "Over" }

/** Texts are octets as characters. */
export interface Session {
  readonly phase: Phase
  /** Read, but not used. */
  readonly buffer: string
  readonly isSecure: boolean
  readonly isGreeted: boolean
  readonly user?: string
  /** Absent: no transaction. */
  readonly sender?: string
  readonly recipients: ReadonlyArray<string>
  /** What came by BDAT. */
  readonly chunks?: string
  readonly messages: number
}

export type Output =
  | { readonly _tag: "Say"; readonly text: string; readonly afterMillis: number }
  | { readonly _tag: "Close"; readonly afterMillis: number }

export interface StoredMessage {
  readonly sender: string
  readonly recipients: ReadonlyArray<string>
  /** Header and body, canonical, as octets. */
  readonly text: string
}

/** One step in the making; what it holds are values. */
export interface Turn {
  relay: RelayState.RelayState
  session: Session
  readonly now: number
  readonly outputs: Array<Output>
  readonly stored: Array<StoredMessage>
}

const replyText = (lines: ReadonlyArray<string>): string => {
  const code = /^[0-9]{3}/.exec(lines[0] ?? "")?.[0] ?? "250"
  return lines
    .map((line, index) => {
      const text = /^[0-9]{3}[ -]/.test(line) ? line.slice(4) : line.replace(/^[0-9]{3}$/, "")
      return `${code}${index < lines.length - 1 ? "-" : " "}${text}\r\n`
    })
    .join("")
}

export const say = (turn: Turn, lines: ReadonlyArray<string>, afterMillis = 0): void => {
  turn.outputs.push({ _tag: "Say", text: replyText(lines), afterMillis })
}

export const hangUp = (turn: Turn, afterMillis = 0): void => {
  turn.outputs.push({ _tag: "Close", afterMillis })
  turn.session = { ...turn.session, phase: { _tag: "Over" } }
}

/** How a stage ended, as far as the script decides it. */
export interface Verdict {
  /** The script has answered. */
  readonly isAnswered: boolean
  /** As a cooperative server goes on; false: refused, or over. */
  readonly isAccepted: boolean
  readonly stored?: boolean
  readonly delayMillis: number
}

const isPositive = (reply: string): boolean => /^[23]/.test(reply)

/** Asks the script about one use of a stage, and answers as it says. */
export const consult = (turn: Turn, use: Omit<RelayState.Use, "at">, at: RuleStage): Verdict => {
  const { relay, rule } = RelayState.rule(turn.relay, { ...use, at }, turn.now)
  turn.relay = relay
  if (rule === undefined) return { isAnswered: false, isAccepted: true, delayMillis: 0 }
  const { delayMillis = 0, end, raw, reply, stored } = rule
  const kept = stored === undefined ? {} : { stored }
  if (raw !== undefined) turn.outputs.push({ _tag: "Say", text: raw, afterMillis: delayMillis })
  else if (reply !== undefined) say(turn, reply, delayMillis)
  const said = raw ?? reply?.[0]
  if (end === "close") hangUp(turn, said === undefined ? delayMillis : 0)
  if (end === "silence") turn.session = { ...turn.session, phase: { _tag: "Over" } }
  if (end !== undefined) {
    const isAccepted = said !== undefined && isPositive(said)
    return { isAnswered: true, isAccepted, delayMillis: 0, ...kept }
  }
  if (said === undefined) return { isAnswered: false, isAccepted: true, delayMillis, ...kept }
  return { isAnswered: true, isAccepted: isPositive(said), delayMillis: 0, ...kept }
}

/** For stages without an answer of their own; true: the session is over. */
export const use = (turn: Turn, at: RuleStage): boolean => {
  consult(turn, {}, at)
  return turn.session.phase._tag === "Over"
}

/** The relay's own answer, where the script has none. */
export const unless = (turn: Turn, verdict: Verdict, reply: string): void => {
  if (!verdict.isAnswered) say(turn, [reply], verdict.delayMillis)
}

/** Refuses, where the script has not answered; true: it goes on. */
export const permits = (turn: Turn, verdict: Verdict, refusal: string | undefined): boolean => {
  if (refusal !== undefined && !verdict.isAnswered) {
    say(turn, [refusal], verdict.delayMillis)
    return false
  }
  return verdict.isAccepted
}
