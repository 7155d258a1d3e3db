/** Runs `preconnect` and `postconnect`. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { HookFailed } from "../domain/mda/MdaError.ts"

export class Hooks extends Context.Tag("esmtp/services/Hooks")<
  Hooks,
  {
    readonly run: (hook: "preconnect" | "postconnect", command: string) => Effect.Effect<void, HookFailed>
  }
>() {}
