/** Runs `transportProbe.ts`, bundled, in a Node of its own. */
import { execFile } from "node:child_process"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { makeTempDir } from "./TempDir.ts"
import type { ProbeReport, ProbeTask } from "./transportProbe.ts"

export interface ProbeRun extends ProbeReport {
  readonly stderr: string
}

const bundle = Effect.gen(function* () {
  const directory = yield* makeTempDir
  const outfile = join(directory, "probe.mjs")
  yield* Effect.promise(() =>
    build({
      entryPoints: [join(import.meta.dirname, "transportProbe.ts")],
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "error"
    })
  )
  return outfile
})

/** Gives a function that runs the probe with these additions to an otherwise empty environment. */
export const makeProbe = Effect.map(
  bundle,
  (file) =>
    (
      task: ProbeTask,
      environment: Readonly<Record<string, string>> = {},
      nodeArguments: ReadonlyArray<string> = []
    ) =>
      Effect.async<ProbeRun>((resume) => {
        const child = execFile(
          process.execPath,
          [...nodeArguments, file, JSON.stringify(task)],
          { env: { PATH: process.env["PATH"] ?? "", ...environment }, encoding: "utf8" },
          (error, stdout, stderr) => {
            if (error !== null) return resume(Effect.die(new TypeError(`probe: ${error.message} ${stderr}`)))
            const report: ProbeReport = JSON.parse(stdout)
            return resume(Effect.succeed({ ...report, stderr }))
          }
        )
        return Effect.sync(() => child.kill())
      })
)
