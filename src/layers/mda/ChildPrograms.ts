/** Everything that runs programs of the user's choice: the MDA, the hooks, the commands that tell secrets. */
import * as Layer from "effect/Layer"
import type { Config } from "../../services/Config.ts"
import type { Hooks } from "../../services/Hooks.ts"
import type { LocalSystem } from "../../services/LocalSystem.ts"
import type { MdaRunner } from "../../services/MdaRunner.ts"
import type { Secrets } from "../../services/Secrets.ts"
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
  Layer.mergeAll(ProcessMda.layer(options), CommandHooks.layer(options), CommandSecrets.layer(options))
