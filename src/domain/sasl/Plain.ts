/**
 * PLAIN: user name and password in one message.
 *
 * Source: RFC 4616 §2.
 */
import * as Either from "effect/Either"
import { complete } from "./Exchange.ts"
import { utf8 } from "./Octets.ts"
import type { Credentials, SaslProblem, SaslStart } from "./Sasl.ts"
import { login } from "./Secret.ts"

/** The authorization identity stays empty: the server derives it from the user name. */
export const start = (credentials: Credentials): Either.Either<SaslStart, SaslProblem> =>
  Either.map(login(credentials), ({ username, password }) => ({
    mechanism: "PLAIN",
    initialResponse: utf8(`\0${username}\0${password}`),
    exchange: complete
  }))
