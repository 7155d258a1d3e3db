/**
 * CRAM-MD5: the challenge digested with the password.
 *
 * Source: RFC 2195 §2.
 */
import * as Either from "effect/Either"
import { awaitingChallenge, badChallenge, complete, turn } from "./Exchange.ts"
import { toHex, utf8 } from "./Octets.ts"
import type { Credentials, SaslCrypto, SaslProblem, SaslStart } from "./Sasl.ts"
import { login } from "./Secret.ts"

/** An empty challenge is refused: its digest could be replayed against any other server. */
export const start = (credentials: Credentials, crypto: SaslCrypto): Either.Either<SaslStart, SaslProblem> =>
  Either.map(login(credentials), ({ username, password }) => ({
    mechanism: "CRAM-MD5",
    exchange: awaitingChallenge((challenge) => {
      if (challenge.length === 0) return Either.left(badChallenge("server sent an empty challenge"))
      const digest = toHex(crypto.hmac("md5", utf8(password), challenge))
      return Either.right(turn(utf8(`${username} ${digest}`), complete))
    })
  }))
