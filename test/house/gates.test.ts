/** `npm run check` can fail: each defect that only the Effect diagnostics see turns it red. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { npmScript, runTool, scratchProject } from "./scratchProject.ts"

const check = (files: Readonly<Record<string, string>>) =>
  Effect.gen(function* () {
    const directory = yield* scratchProject(files)
    const result = yield* runTool(directory, npmScript("check"))
    return { status: result.status, output: result.stdout + result.stderr }
  })

const sound = `import * as Effect from "effect/Effect"

export const program = Effect.gen(function* () {
  yield* Effect.log("hello")
  return 1
})
`

/** Diagnostic → a program that plain `tsc` passes and that has this defect. */
const defects: Readonly<Record<string, string>> = {
  floatingEffect: `import * as Effect from "effect/Effect"

export const program = Effect.gen(function* () {
  Effect.log("never runs")
  return yield* Effect.succeed(1)
})
`,
  missingReturnYieldStar: `import * as Effect from "effect/Effect"

export const program = (flag: boolean) =>
  Effect.gen(function* () {
    if (flag) {
      yield* Effect.fail("never returns")
    }
    return yield* Effect.succeed(1)
  })
`,
  returnEffectInGen: `import * as Effect from "effect/Effect"

export const program = Effect.gen(function* () {
  yield* Effect.log("x")
  return Effect.succeed(1)
})
`,
  tryCatchInEffectGen: `import * as Effect from "effect/Effect"

export const program = Effect.gen(function* () {
  try {
    return yield* Effect.succeed(1)
  } catch {
    return 2
  }
})
`,
  globalErrorInEffectFailure: `import * as Effect from "effect/Effect"

export const program = Effect.fail(new Error("untyped"))
`,
  deterministicKeys: `import * as Context from "effect/Context"

export class Queue extends Context.Tag("Queue")<Queue, { readonly size: number }>() {}
`
}

describe("npm run check", () => {
  it.scopedLive("passes a sound program", () =>
    Effect.gen(function* () {
      const { output, status } = yield* check({ "src/domain/mail/Sound.ts": sound })
      assert.strictEqual(status, 0, output)
    })
  )

  it.scopedLive("refuses a type error", () =>
    Effect.gen(function* () {
      const { output, status } = yield* check({
        "src/domain/mail/Wrong.ts": `export const size: number = "1"\n`
      })
      assert.notStrictEqual(status, 0)
      assert.match(output, /Wrong\.ts.*TS2322/)
    })
  )

  it.scopedLive("refuses a single floating effect", () =>
    Effect.gen(function* () {
      const { status } = yield* check({ "src/domain/mail/Floating.ts": defects["floatingEffect"] ?? "" })
      assert.notStrictEqual(status, 0)
    })
  )

  it.scopedLive("names every defect that plain tsc passes as an error", () =>
    Effect.gen(function* () {
      const files = Object.entries(defects).map(([name, source]) => [`src/domain/mail/${name}.ts`, source])
      const { output, status } = yield* check(Object.fromEntries(files))
      assert.notStrictEqual(status, 0)
      for (const name of Object.keys(defects)) {
        assert.match(output, new RegExp(`/${name}\\.ts.*error.*\\(${name}\\)`), output)
      }
    })
  )
})
