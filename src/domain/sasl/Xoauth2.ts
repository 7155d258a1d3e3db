/**
 * XOAUTH2: Google's way to present an OAuth 2.0 access token, taken over by Microsoft and Yahoo.
 *
 * Source: Google "XOAUTH2 Mechanism"; RFC 6750 §2.1 (bearer tokens).
 */
import * as Either from "effect/Either"
import { tokenSent } from "./OauthExchange.ts"
import { empty, utf8 } from "./Octets.ts"
import type { Credentials, SaslProblem, SaslStart } from "./Sasl.ts"
import { bearerToken, fieldUsername } from "./Secret.ts"

export const start = (credentials: Credentials): Either.Either<SaslStart, SaslProblem> =>
  Either.gen(function* () {
    const username = yield* fieldUsername(credentials)
    const token = yield* bearerToken(credentials)
    return {
      mechanism: "XOAUTH2",
      initialResponse: utf8(`user=${username}\x01auth=Bearer ${token}\x01\x01`),
      exchange: tokenSent(empty)
    }
  })
