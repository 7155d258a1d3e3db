/** One of the two programs, with a home of its own, for a look at what it does. */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { PartFailed } from "../../support/PartFailed.ts"
import {
  installNames,
  type ProgramName,
  type Run,
  type RunResult,
  run,
  searchPath
} from "../../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../../support/TempDir.ts"
import { cProgram } from "../support/runCase.ts"
import { Trust } from "../support/ServerCertificates.ts"

export type Program = "c" | "ours"

export interface Call extends Pick<Run, "args" | "stdin"> {
  /** Absent: `sendmail`. */
  readonly as?: ProgramName
}

export interface Bench {
  readonly program: Program
  readonly home: string
  /** Writes `~/.esmtprc`, 0600: this server, in clear, and what else is said. */
  readonly configure: (port: number, statements?: string, host?: string) => Effect.Effect<void>
  readonly call: (call: Call) => Effect.Effect<RunResult, PartFailed>
}

/** C esmtp does not know itself by a path, so both are found by name. */
const installC = (home: string): string => {
  const bin = path.join(home, "bin")
  fs.mkdirSync(bin, { recursive: true })
  for (const name of ["sendmail", "esmtp", "mailq"]) fs.symlinkSync(cProgram, path.join(bin, name))
  return bin
}

export const make = (program: Program): Effect.Effect<Bench, never, Scope.Scope | Trust> =>
  Effect.gen(function* () {
    const { authority } = yield* Trust
    const home = yield* makeTempDir
    writeFiles(home, { ".config/libesmtp/ca.pem": authority })
    const bin = program === "c" ? installC(home) : installNames(home)
    return {
      program,
      home,
      configure: (port, statements = "", host = "127.0.0.1") =>
        Effect.sync(() =>
          writeFiles(home, {
            ".esmtprc": `identity "ada@example.org"\nhostname = "${host}:${port}"\nhelo = "client.example"\n${statements}\n`
          })
        ),
      call: ({ args = [], as = "sendmail", stdin = "Subject: probe\n\nbody\n" }) =>
        run({ file: as, args, stdin, cwd: home, env: { PATH: searchPath(bin), HOME: home } })
    }
  })
