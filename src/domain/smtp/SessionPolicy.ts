/**
 * What a configuration demands of a session before a message may cross it.
 *
 * Source: RFC 3207 §6 (downgrades), RFC 4954 §4 and §9 (no plain secrets without TLS), RFC 8314 §3.
 */
import type { SessionPlan, TlsFacts } from "./DialogueTypes.ts"
import type { AuthPolicy } from "./Relay.ts"
import type { SmtpError } from "./SmtpError.ts"

/** Whether the user wants to be known to the relay. Without AUTH such a session is worth nothing. */
export const wantsAuth = (auth: AuthPolicy): boolean =>
  auth.mechanism !== "auto" ||
  auth.username !== undefined ||
  auth.password !== undefined ||
  auth.passwordCommand !== undefined ||
  auth.tokenCommand !== undefined

export const allowsClearCredentials = (plan: SessionPlan): boolean =>
  plan.isLoopback || plan.relay.auth.plaintext === "allowed"

export const demandsTls = (plan: SessionPlan): boolean =>
  plan.relay.tls.mode === "required" || plan.relay.tls.mode === "implicit"

/** HELO gives up every extension: a forged refusal of EHLO must not cost the user TLS or AUTH. */
export const allowsHelo = (plan: SessionPlan, tls: TlsFacts | undefined): boolean =>
  !wantsAuth(plan.relay.auth) && (tls !== undefined || !demandsTls(plan))

/** Whether to connect once more with `heloOnly`: the server hung up on EHLO, and HELO would do. */
export const mayRetryWithHelo = (plan: SessionPlan, error: SmtpError): boolean =>
  plan.heloOnly !== true &&
  allowsHelo(plan, plan.tls) &&
  error._tag === "ConnectFailed" &&
  error.stage === "ehlo" &&
  (error.reason === "Lost" || error.reason === "ServiceClosing")
