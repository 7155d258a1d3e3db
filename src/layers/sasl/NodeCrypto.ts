/**
 * The digests of SASL from `node:crypto`, which is loaded when a session first needs them.
 *
 * Source: RFC 2104 (HMAC), RFC 8018 §5.2 (PBKDF2).
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { SaslCrypto } from "../../domain/sasl/Sasl.ts"
import { SaslDigests } from "../../services/SaslDigests.ts"
import { md4 } from "./Md4.ts"

/** A plain array, so that no digest shares memory with Node's buffer pool. */
const octets = (buffer: Uint8Array): Uint8Array => Uint8Array.from(buffer)

export const load: Effect.Effect<SaslCrypto> = Effect.gen(function* () {
  const crypto = yield* Effect.promise(() => import("node:crypto"))
  const clock = yield* Effect.clock
  return {
    hash: (algorithm, data) => octets(crypto.createHash(algorithm).update(data).digest()),
    hmac: (algorithm, key, data) => octets(crypto.createHmac(algorithm, key).update(data).digest()),
    pbkdf2: (algorithm, password, salt, iterations, lengthBytes) =>
      octets(crypto.pbkdf2Sync(password, salt, iterations, lengthBytes, algorithm)),
    md4,
    randomBytes: (count) => octets(crypto.randomBytes(count)),
    nowMillis: () => clock.unsafeCurrentTimeMillis()
  }
})

export const layer: Layer.Layer<SaslDigests> = Layer.succeed(SaslDigests, { load })
