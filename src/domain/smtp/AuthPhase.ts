/**
 * Authentication: which mechanism, with which credentials, and what a failure means.
 *
 * A mechanism that the server can't do, or does wrongly, gives way to the next one. A definite refusal ends the session:
 * further tries with the same credentials only bring a lock-out nearer. A session whose user wants to be known never
 * goes on unknown (esmtp did).
 *
 * Source: RFC 4954 §4, §6; RFC 4422 §3; RFC 5802 §5 (proof of the server).
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { HookFailed } from "../mda/MdaError.ts"
import { fromBase64, toBase64 } from "../sasl/Octets.ts"
import type { Credentials, SaslStart } from "../sasl/Sasl.ts"
import * as Command from "./Command.ts"
import {
  type AuthAttempt,
  after,
  becomeIdle,
  type Candidates,
  type DialogueState,
  disarm,
  enter,
  fail,
  note,
  type Step,
  send,
  violate
} from "./DialogueState.ts"
import { mechanisms } from "./Extensions.ts"
import * as Limits from "./Limits.ts"
import { candidatesOf, failed, isUsable, problemReason, startMechanism, unusable } from "./MechanismChoice.ts"
import type { MechanismName } from "./Relay.ts"
import type { Reply } from "./Reply.ts"
import { isRefusal } from "./ReplyClass.ts"
import { allowsClearCredentials, wantsAuth } from "./SessionPolicy.ts"
import type { AuthFailed } from "./SmtpError.ts"

const hint = (state: DialogueState): string =>
  state.tls === undefined ? "; some servers offer it only after STARTTLS" : ""

/** After EHLO, with TLS or without: the session becomes ready, or knows why not. */
export const begin = (state: DialogueState): Step => {
  const { auth } = state.plan.relay
  if (!wantsAuth(auth)) return becomeIdle(state)
  const offered = mechanisms(state.extensions)
  if (offered.length === 0) {
    const detail = `not offered by the server${hint(state)}`
    return fail(state, failed(state, { reason: "NotOffered", detail }))
  }
  if (state.tls === undefined && !allowsClearCredentials(state.plan)) {
    const detail =
      "credentials are not sent without TLS; use TLS (tls = required), or allow it with plaintext_auth = allowed"
    return fail(state, failed(state, { reason: "PlaintextRefused", detail }))
  }
  const candidates = candidatesOf(state, offered)
  if (candidates.length === 0) {
    const named = auth.mechanism === "auto" ? {} : { mechanism: auth.mechanism }
    const reason = auth.mechanism === "auto" ? "MechanismUnusable" : "NotOffered"
    const detail = `the server offers only ${offered.join(", ")}`
    return fail(state, failed(state, { ...named, reason, detail }))
  }
  const quiet = disarm(enter(state, { _tag: "Credentials", candidates }))
  return { state: quiet.state, actions: [...quiet.actions, { _tag: "NeedCredentials" }] }
}

const remember = (
  state: DialogueState,
  secrets: ReadonlyArray<Redacted.Redacted<string>>
): DialogueState => ({
  ...state,
  secrets: [...state.secrets, ...secrets]
})

const rememberResponse = (state: DialogueState, response: Uint8Array | undefined): DialogueState =>
  response === undefined || response.length === 0
    ? state
    : remember(state, [Redacted.make(toBase64(response))])

/** Enough to know how a next mechanism is begun. */
type Attempt = Pick<AuthAttempt, "credentials" | "binding" | "rest">

const sendAuth = (state: DialogueState, started: SaslStart, attempt: Attempt): Step => {
  const { mechanism, exchange, initialResponse } = started
  const { command, carriesResponse } = Command.auth(mechanism, initialResponse)
  const owed = initialResponse === undefined || carriesResponse ? {} : { owed: initialResponse }
  const named = state.plan.relay.auth.mechanism !== "auto"
  const because = named ? "named in the configuration" : "strongest of those offered and usable"
  return after(
    [note({ _tag: "MechanismChosen", mechanism, because })],
    send(
      enter(rememberResponse(state, initialResponse), {
        _tag: "Auth",
        mechanism,
        exchange,
        ...attempt,
        ...owed,
        rounds: 0
      }),
      "auth",
      [command]
    )
  )
}

/** Begins the first of the mechanisms that can be begun; none left: the last failure is the session's. */
const tryNext = (state: DialogueState, attempt: Attempt, last: AuthFailed): Step => {
  const [name, ...rest] = attempt.rest
  if (name === undefined) return fail(state, last)
  const started = startMechanism(state, name, attempt.credentials, attempt.binding)
  if (Either.isRight(started)) return sendAuth(state, started.right, { ...attempt, rest })
  const error = failed(state, {
    mechanism: name,
    reason: problemReason(started.left),
    detail: started.left.detail
  })
  return after([note({ _tag: "MechanismFailed", error })], tryNext(state, { ...attempt, rest }, error))
}

export const credentialsReady = (
  state: DialogueState,
  candidates: Candidates,
  result: Either.Either<Credentials, HookFailed>
): Step => {
  if (Either.isLeft(result)) return fail(state, result.left)
  const credentials = result.right
  const binding = state.tls?.channelBinding
  const rest = candidates.filter((name) => isUsable(state, name, credentials))
  if (rest.length === 0) return fail(state, unusable(state, candidates, credentials))
  const secrets = [credentials.password, credentials.token].filter((secret) => secret !== undefined)
  const last = failed(state, { reason: "MechanismUnusable", detail: "no mechanism could be begun" })
  return tryNext(remember(state, secrets), { credentials, binding, rest }, last)
}

const nextAfter = (state: DialogueState, attempt: AuthAttempt, error: AuthFailed): Step =>
  after(
    [note({ _tag: "MechanismFailed", error })],
    tryNext(state, { credentials: attempt.credentials, binding: attempt.binding, rest: attempt.rest }, error)
  )

const cancel = (state: DialogueState, attempt: AuthAttempt, detail: string): Step => {
  const cancelled = failed(state, { mechanism: attempt.mechanism, reason: "BadChallenge", detail })
  return send(enter(state, { ...attempt, cancelled }), "auth", [Command.authCancel])
}

const respond = (state: DialogueState, attempt: AuthAttempt, response: Uint8Array): Step =>
  Either.match(Command.authResponse(response), {
    onLeft: ({ message }) => cancel(state, attempt, message),
    onRight: (command) =>
      send(enter(rememberResponse(state, response), { ...attempt, rounds: attempt.rounds + 1 }), "auth", [
        command
      ])
  })

const decodeChallenge = (reply: Reply): Either.Either<Uint8Array, string> => {
  const text = (reply.lines[0] ?? "").trim()
  if (reply.lines.length !== 1) return Either.left("challenge of several lines")
  if (text.length > Limits.base64Bytes) return Either.left("challenge too long")
  return Either.fromOption(fromBase64(text), () => "challenge is not base64")
}

/** A server that fails where it should prove itself, or says that we did, is not told the password by the next one. */
const provesServer = (mechanism: MechanismName): boolean => mechanism.startsWith("SCRAM-")

const onChallenge = (state: DialogueState, attempt: AuthAttempt, reply: Reply): Step => {
  if (attempt.rounds >= Limits.authRounds) return cancel(state, attempt, "too many challenges")
  const challenge = decodeChallenge(reply)
  if (Either.isLeft(challenge)) return cancel(state, attempt, challenge.left)
  if (attempt.owed !== undefined) {
    const { owed, ...paid } = attempt
    return challenge.right.length === 0
      ? respond(state, paid, owed)
      : cancel(state, attempt, "challenge before the initial response")
  }
  const turn = attempt.exchange.respond(challenge.right)
  if (Either.isRight(turn)) {
    const { response, exchange, complaint } = turn.right
    const said = complaint === undefined ? {} : { complaint }
    return respond(state, { ...attempt, exchange, ...said }, response)
  }
  const { mechanism } = attempt
  const { reason, detail } = turn.left
  return provesServer(mechanism) || reason === "ServerUnverified"
    ? fail(state, failed(state, { mechanism, reason: problemReason(turn.left), detail }))
    : cancel(state, attempt, detail)
}

const onSuccess = (state: DialogueState, attempt: AuthAttempt, reply: Reply): Step => {
  const { mechanism } = attempt
  if (attempt.owed !== undefined) return violate(state, "success before the initial response", reply)
  if (Either.isRight(attempt.exchange.conclude)) return becomeIdle({ ...state, mechanism })
  const { detail } = attempt.exchange.conclude.left
  const reason = problemReason(attempt.exchange.conclude.left)
  return fail(state, failed(state, { mechanism, reason, detail, reply }))
}

/** The command is unknown, or wrong for this server: nothing has been said about the credentials. */
const isIncapable = ({ code }: Reply): boolean => code === 500 || code === 501 || code === 502 || code === 504

type Refusal = "Unavailable" | "MechanismUnusable" | "Rejected"

const refusalReason = ({ code }: Reply): Refusal => {
  if (code < 500) return "Unavailable"
  return code === 534 || code === 538 ? "MechanismUnusable" : "Rejected"
}

const refusalWords: Record<Refusal, string> = {
  Unavailable: "not possible now",
  MechanismUnusable: "not with this mechanism, or not without TLS",
  Rejected: "refused"
}

const onRefusal = (state: DialogueState, attempt: AuthAttempt, reply: Reply): Step => {
  const { mechanism, cancelled } = attempt
  const complaint = cancelled?.detail ?? attempt.complaint
  if (isIncapable(reply)) {
    const detail = "the server can't do this mechanism"
    const error = failed(state, { mechanism, reason: "MechanismUnusable", detail, reply })
    return nextAfter(state, attempt, cancelled ?? error)
  }
  const reason = refusalReason(reply)
  const detail = complaint === undefined ? refusalWords[reason] : `${refusalWords[reason]} (${complaint})`
  const said = complaint === undefined ? {} : { complaint }
  return fail(state, failed(state, { mechanism, reason, detail, reply, ...said }))
}

export const onReply = (state: DialogueState, attempt: AuthAttempt, reply: Reply): Step => {
  if (isRefusal(reply)) return onRefusal(state, attempt, reply)
  if (attempt.cancelled !== undefined) return violate(state, "no refusal after AUTH was cancelled", reply)
  if (reply.code === 334) return onChallenge(state, attempt, reply)
  return reply.code === 235 ? onSuccess(state, attempt, reply) : violate(state, "not a reply to AUTH", reply)
}
