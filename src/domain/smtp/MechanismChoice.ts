/**
 * Which mechanisms come into question for a session, and why none does.
 *
 * Source: RFC 4954 §3; RFC 4422 §A (EXTERNAL); RFC 5802 §6 (channel binding).
 */
import * as Either from "effect/Either"
import * as Mechanisms from "../sasl/Mechanisms.ts"
import type { ChannelBinding, Credentials, SaslProblem, SaslStart } from "../sasl/Sasl.ts"
import type { Candidates, DialogueState } from "./DialogueState.ts"
import { mechanisms } from "./Extensions.ts"
import { type MechanismName, mechanismNames } from "./Relay.ts"
import { AuthFailed } from "./SmtpError.ts"

type Failure = Omit<ConstructorParameters<typeof AuthFailed>[0], "peer">

export const failed = ({ plan }: DialogueState, failure: Failure): AuthFailed =>
  new AuthFailed({ peer: plan.peer, ...failure })

const isCandidate = (state: DialogueState, name: MechanismName): boolean => {
  if (state.plan.relay.auth.mechanism !== "auto") return state.plan.relay.auth.mechanism === name
  if (name === "EXTERNAL") return state.tls?.hasClientCertificate === true
  return name !== "NTLM" || state.tls !== undefined
}

/**
 * Strongest first. NTLM comes last of those that nobody named: it is the one that fails where another would have
 * worked.
 */
export const candidatesOf = (state: DialogueState, offered: ReadonlyArray<string>): Candidates => {
  const names = mechanismNames.filter((name) => offered.includes(name) && isCandidate(state, name))
  return [...names.filter((name) => name !== "NTLM"), ...names.filter((name) => name === "NTLM")]
}

export const startMechanism = (
  state: DialogueState,
  name: MechanismName,
  credentials: Credentials,
  binding: ChannelBinding | undefined
): Either.Either<SaslStart, SaslProblem> => {
  const { relay, crypto } = state.plan
  const context = { host: relay.host, service: relay.service, offered: mechanisms(state.extensions) }
  return Mechanisms.start(name, credentials, binding, crypto, context)
}

export const problemReason = ({ reason }: SaslProblem): AuthFailed["reason"] =>
  reason === "BadCredentials" ? "MechanismUnusable" : reason

export const isUsable = (state: DialogueState, name: MechanismName, credentials: Credentials): boolean =>
  name === "EXTERNAL" && state.tls?.hasClientCertificate !== true
    ? false
    : Mechanisms.usable(name, credentials, state.tls?.channelBinding)

/** Why none of the candidates can be begun. Where there is one only, in that mechanism's own words. */
export const unusable = (
  state: DialogueState,
  candidates: Candidates,
  credentials: Credentials
): AuthFailed => {
  const [only, another] = candidates
  if (only === "EXTERNAL" && another === undefined) {
    const detail = "no client certificate to be known by"
    return failed(state, { mechanism: only, reason: "MechanismUnusable", detail })
  }
  if (credentials.password === undefined && credentials.token === undefined) {
    return failed(state, {
      reason: "NoCredentials",
      detail: `no password or token for ${candidates.join(", ")}`
    })
  }
  const started =
    only === undefined || another !== undefined
      ? undefined
      : startMechanism(state, only, credentials, state.tls?.channelBinding)
  const detail =
    started !== undefined && Either.isLeft(started)
      ? started.left.detail
      : `the credentials do not suit ${candidates.join(", ")}`
  return failed(state, { reason: "MechanismUnusable", detail })
}
