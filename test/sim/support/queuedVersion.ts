/** The same story where the message goes through the queue: what fails there is tried again, or returned to its sender. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import { plainRc, type Story } from "./Story.ts"

export type Fate = "tried again" | "returned"

/** Where reports go, so that the failing relay does not have to take them. */
const withMda = (rc: string): string => (rc.includes("mda =") ? rc : `mda = "/usr/bin/procmail -d %T"\n${rc}`)

/** Of a story of one submission. */
export const queuedVersion = (story: Story, fate: Fate): Story => {
  const { rc = plainRc, steps } = story
  const [submission] = steps
  const [program = "sendmail", ...args] = submission?.argv ?? []
  return {
    ...story,
    name: `${story.name} (queued)`,
    rc: fate === "returned" ? withMda(rc) : rc,
    steps: [
      {
        argv: [program, "-odq", ...args],
        status: SysExit.Ok,
        ...(submission?.stdin !== undefined && { stdin: submission.stdin })
      },
      fate === "returned"
        ? { argv: ["deliver"], status: SysExit.Ok, queue: [] }
        : { argv: ["deliver"], status: SysExit.TempFail }
    ]
  }
}
