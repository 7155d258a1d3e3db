/**
 * Before a secret is in memory: whatever would carry memory out of the process, or hold what others left open, is shut.
 *
 * A core file gets no memory, whatever limit and handler the system has; the same holds for the programs that we start.
 * SIGUSR1 opens no debugger. Descriptors that a caller left open are closed: a pipe that stays open in a background
 * process holds up whoever reads from it.
 *
 * Source: core(5) (`coredump_filter`); proc(5); node(1). On systems other than Linux the limit of core(5) stands alone.
 */
import { closeSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { readLater } from "../../domain/process/StartEnvironment.ts"
import type { OwnProcess } from "./ownProcess.ts"

const ignoreSignal = (): void => undefined

/** Nothing: no such file, as where there is no /proc, or no right to it, as where no core is written anyway. */
const attempt = <A>(act: () => A): A | undefined => {
  try {
    return act()
  } catch {
    return undefined
  }
}

/** Node sees to those up to here at its own start. */
const lastSeenTo = 15

/** What was open across the start of this program; its own descriptors are marked to be closed by the next one. */
const isInherited = (descriptor: number): boolean => {
  const info = attempt(() => readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8"))
  const flags = /^flags:\s*([0-7]+)$/m.exec(info ?? "")?.[1]
  const closeOnExec = 0o2000000
  return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0
}

const closeInherited = (): void => {
  for (const name of attempt(() => readdirSync("/proc/self/fd")) ?? []) {
    const descriptor = Number(name)
    if (descriptor > lastSeenTo && isInherited(descriptor)) attempt(() => closeSync(descriptor))
  }
}

/** A developer may have asked for reports on Node's command line, and does not get our memory in them. */
const writeNoReports = (): void => {
  process.report.reportOnFatalError = false
  process.report.reportOnSignal = false
  process.report.reportOnUncaughtException = false
}

export const begin = (own: OwnProcess): void => {
  process.on("SIGUSR1", ignoreSignal)
  attempt(() => writeFileSync("/proc/self/coredump_filter", "0"))
  for (const name of readLater) delete own.env[name]
  closeInherited()
  if (own.execArgv.length > 0) writeNoReports()
}
