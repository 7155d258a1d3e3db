/** Chooses the identity and the reverse-path of a message. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { ConfigError } from "../domain/config/ConfigError.ts"
import type { IdentityQuery, ResolvedIdentity } from "../domain/config/IdentitySelection.ts"

export class IdentityResolver extends Context.Tag("esmtp/services/IdentityResolver")<
  IdentityResolver,
  {
    /** Fails with `ConfigError` only where a template of the chosen identity can't be expanded. */
    readonly resolve: (query: IdentityQuery) => Effect.Effect<ResolvedIdentity, ConfigError>
  }
>() {}
