/** Everything that runs programs of the user's choice: the MDA, the hooks, the commands that tell secrets. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Config } from "../../services/Config.ts"
import { Hooks } from "../../services/Hooks.ts"
import type { LocalSystem } from "../../services/LocalSystem.ts"
import { MdaRunner } from "../../services/MdaRunner.ts"
import { Secrets } from "../../services/Secrets.ts"
import type { StandardStreams } from "../../services/StandardStreams.ts"
import type { TrafficLog } from "../../services/TrafficLog.ts"
import * as CommandHooks from "./CommandHooks.ts"
import * as CommandSecrets from "./CommandSecrets.ts"
import * as ProcessMda from "./ProcessMda.ts"

type Needs = Config | LocalSystem | StandardStreams | TrafficLog

/** `env`: of this process; each program sees a part of it. */
export const layer = (
  options: ProcessMda.ProcessMdaOptions
): Layer.Layer<MdaRunner | Hooks | Secrets, never, Needs> =>
  Layer.effectContext(
    Effect.gen(function* () {
      return Context.make(MdaRunner, yield* ProcessMda.make(options)).pipe(
        Context.add(Hooks, yield* CommandHooks.make(options)),
        Context.add(Secrets, yield* CommandSecrets.make(options))
      )
    })
  )
