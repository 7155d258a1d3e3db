/**
 * Writes the JSON Schema of scenario files, made from the schema that the program reads them by.
 *
 * `npm run schema`; a test holds the file against its source.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import * as esbuild from "esbuild"
import { repository } from "./ensureInstalled.mjs"

const source = `
  import * as JSONSchema from "effect/JSONSchema"
  import { ScenarioDocument } from "./src/domain/simulation/ScenarioSchema.ts"
  export const schema = JSONSchema.make(ScenarioDocument)
`

const { outputFiles } = await esbuild.build({
  stdin: { contents: source, loader: "ts", resolveDir: repository },
  bundle: true,
  platform: "node",
  format: "esm",
  write: false
})
const [bundle] = outputFiles
const { schema } = await import(
  `data:text/javascript;base64,${Buffer.from(bundle?.contents ?? []).toString("base64")}`
)
const file = path.join(repository, "examples", "scenarios", "scenario.schema.json")
fs.writeFileSync(file, `${JSON.stringify(schema, null, 2)}\n`)
