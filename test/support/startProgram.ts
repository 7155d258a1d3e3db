/** The built program as a child that a test signals while it runs. */
import { type ChildProcess, spawn } from "node:child_process"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { installNames, type ProgramName, searchPath } from "./runProgram.ts"

export interface StartOptions {
  readonly home: string
  /** Absent: `sendmail`. */
  readonly name?: ProgramName
  readonly args: ReadonlyArray<string>
  readonly nodeArgs?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** Run by bash before the program takes its place. */
  readonly prelude?: string
}

export interface StartedProgram {
  readonly pid: number
  readonly write: (text: string) => void
  readonly endInput: () => void
  readonly signal: (name: NodeJS.Signals) => void
  /** So far. */
  readonly said: () => { readonly stdout: string; readonly stderr: string }
  /** Status or signal, and what it said. */
  readonly ended: Effect.Effect<{
    readonly end: number | string
    readonly stdout: string
    readonly stderr: string
  }>
}

const started = (child: ChildProcess): StartedProgram => {
  const said = { stdout: "", stderr: "" }
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text
  })
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text
  })
  // It may end without reading.
  child.stdin?.on("error", () => undefined)
  const closed = new Promise<number | string>((resolve) =>
    child.once("close", (status, signal) => resolve(signal ?? status ?? "unknown"))
  )
  return {
    pid: child.pid ?? 0,
    said: () => said,
    write: (text) => child.stdin?.write(text),
    endInput: () => child.stdin?.end(),
    signal: (name) => child.kill(name),
    ended: Effect.map(
      Effect.promise(() => closed),
      (end) => ({ end, ...said })
    )
  }
}

/** Killed with the scope, if it is still there. */
export const startProgram = (options: StartOptions): Effect.Effect<StartedProgram, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { args, env, home, name = "sendmail", nodeArgs = [], prelude = ":" } = options
      const bin = installNames(home)
      const program = path.join(bin, name)
      return spawn(
        "bash",
        ["-c", `${prelude}; exec "$@"`, "bash", process.execPath, ...nodeArgs, program, ...args],
        { cwd: home, env: { HOME: home, PATH: searchPath(bin), LANG: "C.UTF-8", ...env } }
      )
    }),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  ).pipe(Effect.map(started))

/** Until it holds. Tests that wait for what never comes end by their own time limit. */
export const until = (holds: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.zipRight(Effect.sleep(10), until(holds))))
