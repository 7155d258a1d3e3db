/**
 * OAUTHBEARER: the standard way to present an OAuth 2.0 access token.
 *
 * Source: RFC 7628 §3.1, §3.2.3; RFC 5801 §4 (GS2 header).
 */
import * as Either from "effect/Either"
import { tokenSent } from "./OauthExchange.ts"
import { utf8 } from "./Octets.ts"
import type { Credentials, SaslContext, SaslProblem, SaslStart } from "./Sasl.ts"
import { saslName } from "./SaslName.ts"
import { authorizationIdentity, bearerToken } from "./Secret.ts"

/** A service given by name has no number to tell; the field is optional. */
const portField = (service: string): string => (/^\d+$/.test(service) ? `port=${service}\x01` : "")

export const start = (
  credentials: Credentials,
  context: SaslContext
): Either.Either<SaslStart, SaslProblem> =>
  Either.gen(function* () {
    const identity = yield* authorizationIdentity(credentials)
    const token = yield* bearerToken(credentials)
    const header = identity === "" ? "n,," : `n,a=${saslName(identity)},`
    const fields = `host=${context.host}\x01${portField(context.service)}auth=Bearer ${token}\x01`
    return {
      mechanism: "OAUTHBEARER",
      initialResponse: utf8(`${header}\x01${fields}\x01`),
      exchange: tokenSent(utf8("\x01"))
    }
  })
