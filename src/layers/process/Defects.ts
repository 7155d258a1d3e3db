/**
 * A defect outside of every effect ends the program as one inside does: in one line and with its status. Node would print
 * lines of source and a stack, and exit with 1, which callers take for anything.
 */
import { writeSync } from "node:fs"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import { printable } from "../../domain/telemetry/Printable.ts"

/** Where nobody listens any more, the status still tells. */
const tell = (line: string): void => {
  try {
    writeSync(2, line)
  } catch {
    return
  }
}

const firstLine = (cause: unknown): string => String(cause).split("\n", 1)[0] ?? ""

export const begin = (): void => {
  process.on("uncaughtException", (cause) => {
    tell(`esmtp: internal error: ${printable(firstLine(cause))}\n`)
    process.exit(SysExit.Software)
  })
}
