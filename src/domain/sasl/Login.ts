/**
 * LOGIN: two prompts, whatever their text, answered with user name and password.
 *
 * Source: draft-murchison-sasl-login-00 §2; esmtp: libESMTP client-login.c.
 * Deviation: the server prompts first. libESMTP sends the user name with AUTH, which the draft doesn't know and some
 * servers refuse.
 */
import * as Either from "effect/Either"
import { awaitingChallenge, complete, turn } from "./Exchange.ts"
import { utf8 } from "./Octets.ts"
import type { Credentials, SaslProblem, SaslStart } from "./Sasl.ts"
import { login } from "./Secret.ts"

export const start = (credentials: Credentials): Either.Either<SaslStart, SaslProblem> =>
  Either.map(login(credentials), ({ username, password }) => ({
    mechanism: "LOGIN",
    exchange: awaitingChallenge(() =>
      Either.right(
        turn(
          utf8(username),
          awaitingChallenge(() => Either.right(turn(utf8(password), complete)))
        )
      )
    )
  }))
