/** The digests of Node with a nonce and a clock of the test's choice. */
import * as Effect from "effect/Effect"
import type { SaslCrypto } from "../../../src/domain/sasl/Sasl.ts"
import * as NodeCrypto from "../../../src/layers/sasl/NodeCrypto.ts"

export const nodeCrypto: SaslCrypto = await Effect.runPromise(NodeCrypto.load)

export const withRandom = (octets: Uint8Array, nowMillis = 0): SaslCrypto => ({
  ...nodeCrypto,
  randomBytes: () => octets,
  nowMillis: () => nowMillis
})
