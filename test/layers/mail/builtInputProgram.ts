/** `inputProgram` as one file that plain Node runs. */
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { build } from "esbuild"
import { makeTempDir } from "../../support/TempDir.ts"

const source = fileURLToPath(new URL("./inputProgram.ts", import.meta.url))

/** Path of the file; gone with the scope. */
export const builtInputProgram: Effect.Effect<string, never, Scope.Scope> = Effect.gen(function* () {
  const outfile = path.join(yield* makeTempDir, "input.mjs")
  yield* Effect.promise(() =>
    build({ entryPoints: [source], outfile, bundle: true, platform: "node", format: "esm", target: "node20" })
  )
  return outfile
})
