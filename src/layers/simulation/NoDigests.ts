/**
 * `SaslDigests` without any cryptography: a scripted relay understands only mechanisms that need none, and nothing in a
 * simulation may depend on chance.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SaslCrypto } from "../../domain/sasl/Sasl.ts"
import { SaslDigests } from "../../services/SaslDigests.ts"

const zeros = (bytes: number): Uint8Array => new Uint8Array(bytes)

const digestBytes = 32

export const layer: Layer.Layer<SaslDigests> = Layer.succeed(SaslDigests, {
  load: Effect.map(
    Effect.clock,
    (clock): SaslCrypto => ({
      hash: () => zeros(digestBytes),
      hmac: () => zeros(digestBytes),
      pbkdf2: (_algorithm, _password, _salt, _iterations, lengthBytes) => zeros(lengthBytes),
      md4: () => zeros(16),
      randomBytes: zeros,
      nowMillis: () => clock.unsafeCurrentTimeMillis()
    })
  )
})
