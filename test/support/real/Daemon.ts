/** Servers that run in the foreground as our child for as long as a scope lasts. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { PartFailed } from "../PartFailed.ts"

export interface DaemonOptions {
  readonly name: string
  readonly file: string
  readonly args: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** Gets what the daemon prints. */
  readonly logFile: string
  /** Succeeds once the daemon serves. */
  readonly ready: Effect.Effect<void, PartFailed>
}

export interface Daemon {
  readonly pid: number
  readonly log: Effect.Effect<string>
}

const stopGraceMillis = 10_000

/** The daemon's own group and nothing else: it was started as the leader of a new one. */
const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody is left in the group.
  }
}

const readLog = (file: string): string => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "")

/** Starts a daemon; the end of the scope sends SIGTERM to it and, if that does not help, SIGKILL to its group. */
export const startDaemon = (options: DaemonOptions): Effect.Effect<Daemon, PartFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const started = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const log = fs.openSync(options.logFile, "a")
        const child = spawn(options.file, options.args, {
          detached: true,
          cwd: "/",
          env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", ...options.env },
          stdio: ["ignore", log, log]
        })
        fs.closeSync(log)
        const ended = new Promise<string>((resolve) => {
          child.once("error", (cause) => resolve(cause.message))
          child.once("exit", (status, signal) => resolve(`ended with ${signal ?? `status ${status}`}`))
        })
        return { pid: child.pid, ended }
      }),
      ({ pid, ended }) =>
        Effect.gen(function* () {
          if (pid === undefined) return
          yield* Effect.sync(() => signalGroup(pid, "SIGTERM"))
          yield* Effect.promise(() => ended).pipe(Effect.timeoutOption(stopGraceMillis))
          yield* Effect.sync(() => signalGroup(pid, "SIGKILL"))
        })
    )
    const fail = (detail: string) =>
      new PartFailed({ part: options.name, detail: `${detail}\n${readLog(options.logFile)}` })
    if (started.pid === undefined) return yield* fail("can't be started")
    yield* options.ready.pipe(
      Effect.mapError((error) => fail(error.message)),
      Effect.raceFirst(Effect.promise(() => started.ended).pipe(Effect.flatMap((how) => fail(how))))
    )
    return { pid: started.pid, log: Effect.sync(() => readLog(options.logFile)) }
  })
