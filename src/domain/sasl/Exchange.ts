/**
 * Building blocks of exchanges.
 *
 * Source: RFC 4422 §3.
 */
import * as Either from "effect/Either"
import { type SaslExchange, SaslProblem, type SaslTurn } from "./Sasl.ts"

export const badChallenge = (detail: string) => new SaslProblem({ reason: "BadChallenge", detail })

const refusingChallenges = (conclude: SaslExchange["conclude"]): SaslExchange => ({
  respond: () => Either.left(badChallenge("server sent a challenge after the exchange was complete")),
  conclude
})

/** All has been said; the server's success stands for itself. */
export const complete: SaslExchange = refusingChallenges(Either.void)

/** The server has reported a failure, so that a success now would contradict it. */
export const failed: SaslExchange = refusingChallenges(
  Either.left(badChallenge("server reported success after an error"))
)

/** More has to be said before success can be believed. */
export const awaiting = (respond: SaslExchange["respond"], early: SaslProblem): SaslExchange => ({
  respond,
  conclude: Either.left(early)
})

/** For mechanisms that do not prove the server: success at the wrong time is only a breach of protocol. */
export const awaitingChallenge = (respond: SaslExchange["respond"]): SaslExchange =>
  awaiting(respond, badChallenge("server reported success before the exchange was complete"))

export const turn = (response: Uint8Array, exchange: SaslExchange): SaslTurn => ({ response, exchange })
