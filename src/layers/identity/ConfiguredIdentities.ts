/**
 * Identities as the configuration lists them.
 *
 * Source: esmtp: smtp.c (`identity_lookup`).
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type IdentityQuery, select } from "../../domain/config/IdentitySelection.ts"
import { Config } from "../../services/Config.ts"
import { IdentityResolver } from "../../services/IdentityResolver.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"

export const layer: Layer.Layer<IdentityResolver, never, Config | LocalSystem> = Layer.effect(
  IdentityResolver,
  Effect.gen(function* () {
    const settings = yield* Config
    const local = yield* LocalSystem
    return IdentityResolver.of({
      resolve: Effect.fn("IdentityResolver.resolve")(function* (query: IdentityQuery) {
        return yield* select(settings, query, local)
      })
    })
  })
)
