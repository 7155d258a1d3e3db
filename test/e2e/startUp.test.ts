/** What a `sendmail` loads before it does anything, and how long that takes. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { build } from "../../scripts/build.mjs"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { run, runProgram } from "../support/runProgram.ts"

/** Everything that Node loads with the entry: chunks of ours, and modules of Node's. */
const loadedAtOnce = Effect.promise(build).pipe(
  Effect.map(({ outputs }) => {
    const seen = new Set<string>()
    const visit = (file: string): void => {
      if (seen.has(file)) return
      seen.add(file)
      for (const { kind, path: imported } of outputs[file]?.imports ?? []) {
        if (kind === "import-statement") visit(imported)
      }
    }
    visit("dist/main.mjs")
    const sources = [...seen].flatMap((file) => Object.keys(outputs[file]?.inputs ?? {}))
    return { modules: [...seen].filter((file) => file.startsWith("node:")), sources }
  })
)

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const start = performance.now()
    const value = yield* effect
    return { value, millis: performance.now() - start }
  })

/** Noise of a busy machine is allowed for; the aim is 120. */
const allowedMillis = 300

describe("start-up", () => {
  it.live("loads nothing that only some invocations need", () =>
    Effect.gen(function* () {
      const { modules, sources } = yield* loadedAtOnce
      for (const heavy of ["node:tls", "node:child_process", "node:http", "node:https"]) {
        assert.notInclude(modules, heavy)
      }
      const unwanted = sources.filter((source) =>
        /node_modules\/@effect\/|effect\/dist\/esm\/Schema\.js$/.test(source)
      )
      assert.deepStrictEqual(unwanted, [])
    })
  )

  it.scopedLive(`delivers within ${allowedMillis} ms over bare Node`, () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      const bare: Array<number> = []
      const ours: Array<number> = []
      for (let round = 0; round < 7; round++) {
        bare.push((yield* timed(run({ file: process.execPath, args: ["-e", "0"] }))).millis)
        const sent = yield* timed(
          runProgram({ home, args: ["grace@example.net"], stdin: "Subject: x\n\nx\n" })
        )
        assert.strictEqual(sent.value.status, 0, sent.value.stderr)
        ours.push(sent.millis)
      }
      assert.isBelow(median(ours) - median(bare), allowedMillis)
    })
  )
})
