/** Opens a file to append to: private, through no symbolic link, waiting for nobody, and nobody else's. */
import { closeSync, constants, fchmodSync, fstatSync, openSync, type Stats } from "node:fs"
import { type OutputFacts, outputProblem } from "../../domain/telemetry/OutputSafety.ts"

const flags =
  constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK

const kindOf = (stats: Stats): OutputFacts["kind"] => {
  if (stats.isFile()) return "file"
  if (stats.isFIFO()) return "fifo"
  return stats.isCharacterDevice() ? "terminal" : "other"
}

/** Throws what the system says, or why the file is not written to. */
export const openToAppend = (path: string): number => {
  const fd = openSync(path, flags, 0o600)
  try {
    const stats = fstatSync(fd)
    const ours = process.geteuid?.() ?? stats.uid
    const problem = outputProblem({ kind: kindOf(stats), uid: stats.uid, links: stats.nlink }, ours)
    if (problem !== undefined) throw new TypeError(`${path} ${problem}`)
    // Whatever the umask made of a new one.
    if (stats.isFile() && stats.uid === ours) fchmodSync(fd, 0o600)
    return fd
  } catch (cause) {
    closeSync(fd)
    throw cause
  }
}
