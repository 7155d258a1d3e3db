/**
 * Starts the program again in a process with another environment, and ends as that one ends.
 *
 * Standard streams, arguments, working directory, umask and terminal are the same; signals are passed on. What this
 * process was made to load at its start stays in it, and it knows no secret and reads no message.
 *
 * Source: execve(2), which Node 20 does not have.
 */
import type { ChildProcess } from "node:child_process"
import { writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import type { Restart } from "../../domain/process/StartEnvironment.ts"
import type { OwnProcess } from "./ownProcess.ts"

const passedOn = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGALRM", "SIGUSR1", "SIGUSR2"] as const

/** Of the same signal, so that a shell sees what it would have seen. */
const endAs = (code: number | null, signal: NodeJS.Signals | null): void => {
  if (signal === null) process.exit(code ?? SysExit.Ok)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
}

const follow = (child: ChildProcess): void => {
  for (const signal of passedOn) {
    process.removeAllListeners(signal)
    process.on(signal, () => child.kill(signal))
  }
  child.once("exit", endAs)
}

const notStarted = (cause: Error): void => {
  writeSync(2, `esmtp: can't be started again without a harmful environment: ${cause.message}\n`)
  process.exit(SysExit.TempFail)
}

/** A standalone executable is its own script, and knows by its first argument what it was called by. */
const commandOf = ({ argv, execArgv }: OwnProcess, isStandalone: boolean) =>
  isStandalone ? { args: argv.slice(2), argv0: argv[1] } : { args: [...execArgv, ...argv.slice(1)] }

/** Never ends: the process does. */
export const restart = (own: OwnProcess, { env }: Restart): Effect.Effect<never> =>
  Effect.flatMap(
    Effect.promise(() => Promise.all([import("node:child_process"), import("node:sea")])),
    ([{ spawn }, { isSea }]) =>
      Effect.async<never>(() => {
        const { args, argv0 } = commandOf(own, isSea())
        const child = spawn(own.execPath, args, { argv0, env, stdio: "inherit" })
        child.once("error", notStarted)
        if (child.pid !== undefined) follow(child)
      })
  )
