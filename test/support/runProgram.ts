/** Runs programs as a user would: the built one under each of its names, and the mail clients that call it. */

import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { PartFailed } from "./PartFailed.ts"

/** The entry of the built program. */
export const builtProgram = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../dist/main.cjs")

export interface Run {
  /** A path, or a name on the PATH given. */
  readonly file: string
  readonly args?: ReadonlyArray<string>
  /** Absent: empty input. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>
  /** The whole environment, apart from PATH and LANG, which have defaults. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Ends the process group and fails after this long. */
  readonly timeoutMillis?: number
}

export interface RunResult {
  /** Absent: ended by `signal`. */
  readonly status: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stdout: string
  readonly stderr: string
  readonly stdoutBytes: Uint8Array
}

const nodeDirectory = path.dirname(process.execPath)

/** PATH of every run: `first` (our program under its names), Node, and the system. */
export const searchPath = (...first: ReadonlyArray<string>): string =>
  [...first, nodeDirectory, "/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"].join(":")

const feed = async (child: ChildProcess, stdin: Run["stdin"]): Promise<void> => {
  const input = child.stdin
  if (input === null) return
  // A program may end without reading its input (EPIPE): it is judged by its status.
  input.on("error", () => {})
  if (stdin !== undefined && typeof stdin !== "string" && !(stdin instanceof Uint8Array)) {
    for await (const chunk of stdin) {
      if (input.destroyed) return
      if (!input.write(chunk))
        await new Promise((resolve) => input.once("drain", resolve).once("close", resolve))
    }
    input.end()
  } else {
    input.end(stdin ?? "")
  }
}

const endGroup = (child: ChildProcess): void => {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch {
    // The group is gone already.
  }
}

/** Runs a program to its end. Non-zero statuses are results; only a program that can't run, or hangs, fails. */
export const run = (options: Run): Effect.Effect<RunResult, PartFailed> =>
  Effect.async<RunResult, PartFailed>((resume) => {
    const child = spawn(options.file, options.args ?? [], {
      cwd: options.cwd,
      // A group of its own, so that a hanging program can be ended with everything it started.
      detached: true,
      env: { PATH: searchPath(), LANG: "C.UTF-8", ...options.env },
      stdio: ["pipe", "pipe", "pipe"]
    })
    const stdout: Array<Buffer> = []
    const stderr: Array<Buffer> = []
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk))
    child.on("error", (cause) =>
      resume(Effect.fail(new PartFailed({ part: options.file, detail: cause.message, cause })))
    )
    child.on("close", (status, signal) => {
      const stdoutBytes = Buffer.concat(stdout)
      resume(
        Effect.succeed({
          status: status ?? undefined,
          signal: signal ?? undefined,
          stdout: stdoutBytes.toString(),
          stderr: Buffer.concat(stderr).toString(),
          stdoutBytes
        })
      )
    })
    feed(child, options.stdin).catch((cause: unknown) =>
      resume(Effect.fail(new PartFailed({ part: options.file, detail: "its input failed", cause })))
    )
    return Effect.sync(() => endGroup(child))
  }).pipe(
    Effect.timeoutFail({
      duration: options.timeoutMillis ?? 30_000,
      onTimeout: () => new PartFailed({ part: options.file, detail: "did not end in time" })
    })
  )

export type ProgramName = "sendmail" | "esmtp" | "mailq" | "newaliases" | "deliver"

const programNames: ReadonlyArray<ProgramName> = ["sendmail", "esmtp", "mailq", "newaliases", "deliver"]

/** A directory in `home` with the built program under each of its names, as `npm install -g` lays them. */
export const installNames = (home: string): string => {
  const bin = path.join(home, "bin")
  fs.mkdirSync(bin, { recursive: true })
  for (const name of programNames) {
    const link = path.join(bin, name)
    if (!fs.existsSync(link)) fs.symlinkSync(builtProgram, link)
  }
  return bin
}

export interface ProgramRun extends Omit<Run, "file"> {
  /** Absent: `sendmail`. */
  readonly name?: ProgramName
  /** Becomes HOME; its `.esmtprc` is the configuration. */
  readonly home: string
}

/** Runs the built program under one of its names, with `home` as the user's home. */
export const runProgram = ({ name, home, ...options }: ProgramRun): Effect.Effect<RunResult, PartFailed> => {
  const bin = installNames(home)
  return run({
    ...options,
    file: path.join(bin, name ?? "sendmail"),
    env: { HOME: home, PATH: searchPath(bin), ...options.env }
  })
}
