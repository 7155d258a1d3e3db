/** What a `sendmail` loads before it does anything, and how long that takes. */
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as esbuild from "esbuild"
import { bundleOptions } from "../../scripts/build.mjs"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { installNames, type RunResult, run, searchPath } from "../support/runProgram.ts"

/** Everything that is evaluated before the program does anything: a bundle split along the dynamic imports tells. */
const loadedAtOnce = Effect.promise(() =>
  esbuild.build({
    ...bundleOptions,
    entryPoints: ["src/main.ts"],
    outdir: "dist",
    format: "esm",
    splitting: true,
    metafile: true,
    write: false
  })
).pipe(
  Effect.map(({ metafile: { outputs } }) => {
    const seen = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const { kind, path: imported } of outputs[file]?.imports ?? []) {
        if (kind === "import-statement") visit(imported)
      }
    }
    visit("dist/main.js")
    const sources = [...seen].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
    return { modules: [...seen].filter((file) => file.startsWith("node:")), sources }
  })
)

/** `runMain` is all that a sendmail needs of the platform packages. */
const unwanted = /@effect\/(?!platform[a-z-]*\/.*\/(Node)?[rR]untime\.js$)|effect\/dist\/esm\/Schema\.js$/

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Seconds of processor time, in milliseconds: unlike time on the wall, it tells little of what else the machine does. */
const processorMillis = (run: RunResult): number => {
  const [, user, system] = /^user=(\d+\.\d+) system=(\d+\.\d+)$/m.exec(run.stderr) ?? []
  return (Number(user) + Number(system)) * 1000
}

const timedScript = 'TIMEFORMAT="user=%3U system=%3S"; time "$@"'

const timed = (home: string, ...command: ReadonlyArray<string>) =>
  run({
    file: "bash",
    args: ["-c", timedScript, "timed", ...command],
    stdin: "Subject: x\n\nx\n",
    env: { HOME: home, PATH: searchPath() }
  }).pipe(Effect.tap((result) => assert.strictEqual(result.status, 0, result.stderr)))

/** Over a Node that does nothing, to send a message. The aim is 120; noise and slower machines are allowed for. */
const allowedMillis = 300

describe("start-up", () => {
  it.live("loads nothing that only some invocations need", () =>
    Effect.gen(function* () {
      const { modules, sources } = yield* loadedAtOnce
      assert.include(sources, "src/main.ts")
      for (const heavy of ["node:tls", "node:child_process", "node:http", "node:https"]) {
        assert.notInclude(modules, heavy)
      }
      assert.deepStrictEqual(
        sources.filter((source) => unwanted.test(source)),
        []
      )
    })
  )

  it.scopedLive(
    `takes less than ${allowedMillis} ms of processor time to deliver a message, Node's own start aside`,
    () =>
      Effect.gen(function* () {
        const relay = yield* startEmbeddedRelay({ security: "plain" })
        const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
        const sendmail = path.join(installNames(home), "sendmail")
        const bare: Array<number> = []
        const ours: Array<number> = []
        for (let round = 0; round < 5; round++) {
          bare.push(processorMillis(yield* timed(home, process.execPath, "-e", "0")))
          ours.push(processorMillis(yield* timed(home, sendmail, "grace@example.net")))
        }
        assert.strictEqual(relay.messages.length, 5)
        assert.isAbove(median(bare), 0)
        assert.isBelow(median(ours) - median(bare), allowedMillis)
      })
  )
})
