/**
 * How a simulated relay answers each command: first its script, then its limits, then the protocol.
 *
 * Source: RFC 5321 §4.2.2 (replies); RFC 3207 §4.2; RFC 4954 §4, §6.
 */
import { outageAt } from "./RelayScript.ts"
import * as ServerAuth from "./ServerAuth.ts"
import * as Transaction from "./ServerTransaction.ts"
import { consult, hangUp, permits, say, type Turn, unless } from "./ServerTurn.ts"

export const greet = (turn: Turn): void => {
  const { script, openSessions } = turn.relay
  const { sessions = Number.POSITIVE_INFINITY } = script.limits
  const verdict = consult(turn, {}, "greeting")
  if (verdict.isAnswered) return
  const isBusy = outageAt(script, turn.now)?.kind === "busy"
  if (isBusy || openSessions > sessions) {
    say(turn, [`421 4.3.2 ${script.name} too busy, try again later`], verdict.delayMillis)
    hangUp(turn)
  } else say(turn, [`220 ${script.name} ESMTP`], verdict.delayMillis)
}

const ehloLines = ({ relay: { script }, session }: Turn): ReadonlyArray<string> => [
  `250-${script.name}`,
  ...script.extensions.map((keyword) => `250-${keyword}`),
  ...(script.tls.starttls && !session.isSecure ? ["250-STARTTLS"] : []),
  ...(script.accounts.length > 0 ? [`250-AUTH ${script.mechanisms.join(" ")}`] : [])
]

const hello = (turn: Turn, verb: "ehlo" | "helo"): void => {
  Transaction.endTransaction(turn)
  const verdict = consult(turn, {}, verb)
  if (verdict.isAccepted) turn.session = { ...turn.session, isGreeted: true }
  if (verdict.isAnswered) return
  say(turn, verb === "ehlo" ? ehloLines(turn) : [`250 ${turn.relay.script.name}`], verdict.delayMillis)
}

const startTls = (turn: Turn): void => {
  const verdict = consult(turn, {}, "starttls")
  const isOffered = turn.relay.script.tls.starttls && !turn.session.isSecure
  if (permits(turn, verdict, isOffered ? undefined : "503 5.5.1 TLS is not available"))
    unless(turn, verdict, "220 2.0.0 Ready to start TLS")
}

const conclude = (turn: Turn, claim: ServerAuth.Claim): void => {
  turn.session = { ...turn.session, phase: { _tag: "Commands" } }
  const verdict = consult(turn, {}, "auth")
  const isKnown = ServerAuth.isAccepted(turn.relay.script.accounts, claim, turn.now)
  if (!permits(turn, verdict, isKnown ? undefined : "535 5.7.8 Authentication credentials invalid")) return
  turn.session = { ...turn.session, user: claim.username }
  unless(turn, verdict, "235 2.7.0 Authentication successful")
}

const authStep = (turn: Turn, step: ServerAuth.AuthStep): void => {
  const commands = { ...turn.session, phase: { _tag: "Commands" } as const }
  switch (step._tag) {
    case "Ask":
      turn.session = { ...turn.session, phase: { _tag: "Auth", exchange: step.exchange } }
      say(turn, [`334 ${step.challenge}`])
      break
    case "Claimed":
      conclude(turn, step.claim)
      break
    case "Malformed":
      turn.session = commands
      say(turn, ["501 5.5.2 Malformed authentication data"])
      break
    case "Unknown":
      // What the relay can't do by itself may still be scripted.
      turn.session = commands
      unless(turn, consult(turn, {}, "auth"), "504 5.5.4 Unrecognized authentication type")
      break
  }
}

const auth = (turn: Turn, argument: string): void => {
  const { accounts, mechanisms } = turn.relay.script
  const [name = ""] = argument.split(" ")
  const isOffered = mechanisms.includes(name.toUpperCase())
  if (accounts.length === 0) say(turn, ["502 5.5.1 AUTH is not available"])
  else authStep(turn, isOffered ? ServerAuth.begin(argument) : { _tag: "Unknown" })
}

const reset = (turn: Turn): void => {
  Transaction.endTransaction(turn)
  unless(turn, consult(turn, {}, "rset"), "250 2.0.0 OK")
}

const quit = (turn: Turn): void => {
  unless(turn, consult(turn, {}, "quit"), "221 2.0.0 Bye")
  if (turn.session.phase._tag !== "Over") hangUp(turn)
}

const noop = (turn: Turn): void => say(turn, ["250 2.0.0 OK"])

const commands: ReadonlyMap<string, (turn: Turn, argument: string) => void> = new Map([
  ["EHLO", (turn: Turn) => hello(turn, "ehlo")],
  ["HELO", (turn: Turn) => hello(turn, "helo")],
  ["STARTTLS", startTls],
  ["AUTH", auth],
  ["MAIL", Transaction.mail],
  ["RCPT", Transaction.rcpt],
  ["DATA", Transaction.data],
  ["BDAT", Transaction.bdat],
  ["RSET", reset],
  ["NOOP", noop],
  ["QUIT", quit]
])

const unknown = (turn: Turn): void => say(turn, ["500 5.5.2 What?"])

/** One line without its CRLF. */
export const line = (turn: Turn, text: string): void => {
  const { phase } = turn.session
  const [, verb = "", argument = ""] = /^([A-Za-z0-9]+) *(.*)$/.exec(text) ?? []
  const command = commands.get(verb.toUpperCase()) ?? unknown
  if (phase._tag === "Auth") authStep(turn, ServerAuth.answer(phase.exchange, text))
  else command(turn, argument)
}
