/** The same story where the message goes through the queue: what fails there is tried again, or returned to its sender. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import { type Expected, plainRc, type Story } from "./Story.ts"

/** `returned in part`: without its body, for which a copy is kept among the dead. */
export type Fate = "tried again" | "returned" | "returned in part"

const afterwards: Readonly<Record<Fate, Expected>> = {
  "tried again": { status: SysExit.TempFail },
  returned: { status: SysExit.Ok, queue: [] },
  "returned in part": {
    status: SysExit.TempFail,
    queue: ["dead <ada@example.org> bob@example.net=failed"]
  }
}

/** Where reports go, so that the failing relay does not have to take them. */
const withMda = (rc: string): string => (rc.includes("mda =") ? rc : `mda = "/usr/bin/procmail -d %T"\n${rc}`)

/** What interactive mail does by default. */
const asInteractive = (rc: string): string =>
  rc.includes("require_all_recipients") ? rc : `require_all_recipients = yes\n${rc}`

/** Of a story of one submission. */
export const queuedVersion = (story: Story, fate: Fate): Story => {
  const { rc = plainRc, steps } = story
  const [submission] = steps
  const [program = "sendmail", ...args] = submission?.argv ?? []
  return {
    ...story,
    name: `${story.name} (queued)`,
    rc: asInteractive(fate === "tried again" ? rc : withMda(rc)),
    steps: [
      {
        argv: [program, "-odq", ...args],
        status: SysExit.Ok,
        ...(submission?.stdin !== undefined && { stdin: submission.stdin })
      },
      { argv: ["deliver"], ...afterwards[fate] }
    ]
  }
}
