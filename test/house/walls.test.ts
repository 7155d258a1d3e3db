/** The walls between the rooms stand: `biome ci` refuses every way through them, and nothing that is allowed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { runTool, scratchProject } from "./scratchProject.ts"

interface Plant {
  readonly what: string
  readonly file: string
  readonly source: string
  readonly rule: string
}

const restricted = "lint/style/noRestrictedImports"

const imports = (what: string, file: string, specifier: string): Plant => ({
  what,
  file,
  source: `import * as thing from "${specifier}"\n\nexport const used = thing\n`,
  rule: restricted
})

const importsType = (what: string, file: string, specifier: string): Plant => ({
  what,
  file,
  source: `import type * as thing from "${specifier}"\n\nexport type Used = typeof thing\n`,
  rule: restricted
})

const importsLater = (what: string, file: string, specifier: string): Plant => ({
  what,
  file,
  source: `export const later = () => import("${specifier}")\n`,
  rule: restricted
})

const breaches: ReadonlyArray<Plant> = [
  imports("domain: node", "src/domain/mail/Planted1.ts", "node:fs"),
  importsType("domain: node, type only", "src/domain/mail/Planted2.ts", "node:net"),
  importsLater("domain: node, dynamic", "src/domain/mail/Planted3.ts", "node:dns"),
  imports("domain: Effect's runtime", "src/domain/mail/Planted4.ts", "effect/Effect"),
  importsType("domain: Effect's runtime, type only", "src/domain/mail/Planted5.ts", "effect/Stream"),
  imports("domain: Context", "src/domain/mail/Planted6.ts", "effect/Context"),
  imports("domain: platform", "src/domain/mail/Planted7.ts", "@effect/platform/FileSystem"),
  importsType("domain: services", "src/domain/mail/Planted8.ts", "../../services/Config.ts"),
  importsType("domain: layers", "src/domain/mail/Planted9.ts", "../../layers/mda/ProcessMda.ts"),
  imports("domain: main", "src/domain/mail/Planted10.ts", "../../main.ts"),
  imports("domain: tests", "src/domain/mail/Planted11.ts", "../../../test/support/freePort.ts"),
  imports("domain: a package", "src/domain/mail/Planted12.ts", "nodemailer"),
  imports("services: node", "src/services/Planted1.ts", "node:fs"),
  importsType("services: platform, type only", "src/services/Planted2.ts", "@effect/platform/Error"),
  importsType("services: layers", "src/services/Planted3.ts", "../layers/mda/ProcessMda.ts"),
  importsLater("services: layers, dynamic", "src/services/Planted4.ts", "../layers/mda/ProcessMda.ts"),
  imports("services: main", "src/services/Planted5.ts", "../main.ts"),
  imports("layers: main", "src/layers/mda/Planted1.ts", "../../main.ts"),
  importsLater("layers: main, dynamic", "src/layers/mda/Planted2.ts", "../../main.ts"),
  imports("layers: another layer", "src/layers/mda/Planted3.ts", "../smtp/SocketTransport.ts"),
  importsType("layers: another layer, type only", "src/layers/mda/Planted4.ts", "../smtp/SocketTransport.ts"),
  importsLater("layers: another layer, dynamic", "src/layers/mda/Planted5.ts", "../smtp/SocketTransport.ts"),
  imports("layers: the effect barrel", "src/layers/mda/Planted6.ts", "effect"),
  imports("layers: the platform barrel", "src/layers/mda/Planted7.ts", "@effect/platform-node"),
  imports("layers: the cli barrel", "src/layers/mda/Planted8.ts", "@effect/cli"),
  imports("layers: tests", "src/layers/mda/Planted9.ts", "../../../test/support/freePort.ts"),
  imports("main: a barrel", "src/main.ts", "effect"),
  imports("tests: main", "test/domain/Planted1.ts", "../../src/main.ts"),
  {
    what: "a global of Node in the domain",
    file: "src/domain/mail/Planted13.ts",
    source: `export const octets = Buffer.from("x")\n`,
    rule: "lint/style/noRestrictedGlobals"
  },
  {
    what: "a barrel file",
    file: "src/layers/mda/Planted10.ts",
    source: `export * from "./ProcessMda.ts"\n`,
    rule: "lint/performance/noReExportAll"
  },
  {
    what: "a default export",
    file: "src/layers/mda/Planted11.ts",
    source: "export default 1\n",
    rule: "lint/style/noDefaultExport"
  },
  {
    what: "an import without its extension",
    file: "src/layers/mda/Planted12.ts",
    source: `import { mda } from "./ProcessMda"\n\nexport const used = mda\n`,
    rule: "lint/correctness/useImportExtensions"
  },
  {
    what: "a package that is not declared",
    file: "src/layers/mda/Planted13.ts",
    source: `import * as thing from "undici"\n\nexport const used = thing\n`,
    rule: "lint/correctness/noUndeclaredDependencies"
  },
  {
    what: "an import cycle",
    file: "src/layers/mda/Planted14.ts",
    source: `import { fifteen } from "./Planted15.ts"\n\nexport const fourteen = (): number => fifteen()\n`,
    rule: "lint/suspicious/noImportCycles"
  },
  {
    what: "a file over 400 lines",
    file: "src/layers/mda/Planted16.ts",
    source: Array.from({ length: 401 }, (_, line) => `export const line${line} = ${line}\n`).join(""),
    rule: "lint/style/noExcessiveLinesPerFile"
  },
  {
    what: "a function over 60 lines",
    file: "src/layers/mda/Planted17.ts",
    source: `export const long = (): void => {\n${"  work()\n".repeat(61)}}\n\nconst work = (): void => {}\n`,
    rule: "lint/complexity/noExcessiveLinesPerFunction"
  },
  {
    what: "any",
    file: "src/layers/mda/Planted18.ts",
    source: "export const thing = (value: any): unknown => value\n",
    rule: "lint/suspicious/noExplicitAny"
  },
  {
    what: "console",
    file: "src/layers/mda/Planted19.ts",
    source: `console.log("to stdout")\n`,
    rule: "lint/suspicious/noConsole"
  },
  {
    what: "a file name that is not a noun or verb of ours",
    file: "src/layers/mda/mda_utils.ts",
    source: "export const one = 1\n",
    rule: "lint/style/useFilenamingConvention"
  }
]

const allowed: Readonly<Record<string, string>> = {
  "src/domain/mail/Mailbox.ts": `import * as Brand from "effect/Brand"
import * as Either from "effect/Either"
import type { Reply } from "../smtp/Reply.ts"
import type { Other } from "./Other.ts"

export const used = [Brand, Either]
export type Used = [Reply, Other]
`,
  "src/services/Queue.ts": `import * as Context from "effect/Context"
import type * as Stream from "effect/Stream"
import type { Mailbox } from "../domain/mail/Mailbox.ts"
import type { Config } from "./Config.ts"

export const used = Context
export type Used = [Stream.Stream<Mailbox>, Config]
`,
  "src/layers/mda/ProcessMda.ts": `import * as fs from "node:fs"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import type { Mailbox } from "../../domain/mail/Mailbox.ts"
import { Queue } from "../../services/Queue.ts"
import { helper } from "./Helper.ts"

export const mda = [fs, NodeContext, Effect, Queue, helper]
export type Used = Mailbox
export const later = () => import("node:child_process")
`,
  "src/layers/simulation/Simulation.ts": `import { transport } from "../smtp/SocketTransport.ts"

export const composed = transport
`,
  "src/layers/mda/Planted15.ts": `import { fourteen } from "./Planted14.ts"

export const fifteen = (): number => fourteen()
`
}

/** `rule file` of every diagnostic. */
const lintAll = Effect.gen(function* () {
  const planted = Object.fromEntries(breaches.map((breach) => [breach.file, breach.source]))
  const directory = yield* scratchProject({ ...allowed, ...planted })
  const command = "biome lint --vcs-enabled=false --reporter=github --max-diagnostics=none"
  const result = yield* runTool(directory, command)
  const lines = result.stdout.matchAll(/^::(?:error|warning) title=([^,]+),file=([^,]+),/gm)
  const found = [...lines].map(([, rule, file]) => `${rule} ${file?.replace(`${directory}/`, "")}`)
  return { status: result.status, found: new Set(found), output: result.stdout + result.stderr }
})

describe("the walls between the rooms", () => {
  it.scopedLive("let nothing through, in whichever form it is imported, and forbid nothing else", () =>
    Effect.gen(function* () {
      const { found, output, status } = yield* lintAll
      assert.notStrictEqual(status, 0)
      const passed = breaches
        .filter(({ file, rule }) => !found.has(`${rule} ${file}`))
        .map(({ what }) => what)
      assert.deepStrictEqual(passed, [], output)
      const inCycle = "src/layers/mda/Planted15.ts"
      const wronged = Object.keys(allowed).filter(
        (file) =>
          file !== inCycle && [...found].some((line) => line.startsWith("lint/style") && line.endsWith(file))
      )
      assert.deepStrictEqual(wronged, [], output)
    })
  )
})
