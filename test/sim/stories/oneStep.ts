/** Stories of a single invocation. */
import type { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { Expected, Step, Story, World } from "../support/Story.ts"

export interface Telling extends World {
  readonly argv?: Step["argv"]
  readonly stdin?: Step["stdin"]
  readonly errors?: Expected["errors"]
  readonly relayed?: Expected["relayed"]
  readonly local?: Expected["local"]
  readonly dialogue?: Expected["dialogue"]
  readonly queue?: Expected["queue"]
  readonly output?: Expected["output"]
}

/** By default `sendmail bob@example.net`, after which nothing is in the queue. */
export const told = (name: string, status: SysExit, world: Telling): Story => {
  const { argv, dialogue, errors, local, output, queue, relayed, stdin, ...rest } = world
  const step: Step = {
    argv: argv ?? ["sendmail", "bob@example.net"],
    status,
    queue: queue ?? [],
    ...(dialogue !== undefined && { dialogue }),
    ...(errors !== undefined && { errors }),
    ...(local !== undefined && { local }),
    ...(output !== undefined && { output }),
    ...(relayed !== undefined && { relayed }),
    ...(stdin !== undefined && { stdin })
  }
  return { name, ...rest, steps: [step] }
}
