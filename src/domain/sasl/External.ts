/**
 * EXTERNAL: identity proven already, by the client certificate of the TLS session.
 *
 * Source: RFC 4422 appendix A.
 * Deviation: libESMTP sends the certificate's common name as authorization identity. Here it is the configured user
 * name, or empty so that the server derives it from the certificate.
 */
import * as Either from "effect/Either"
import { complete } from "./Exchange.ts"
import { utf8 } from "./Octets.ts"
import type { Credentials, SaslProblem, SaslStart } from "./Sasl.ts"
import { authorizationIdentity } from "./Secret.ts"

export const start = (credentials: Credentials): Either.Either<SaslStart, SaslProblem> =>
  Either.map(authorizationIdentity(credentials), (identity) => ({
    mechanism: "EXTERNAL",
    initialResponse: utf8(identity),
    exchange: complete
  }))
