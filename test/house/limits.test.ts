/**
 * docs/LIMITS.md is made from the code (`UPDATE_DOCS=1` writes it), and each limit in it is held by a test: one that says
 * what happens at the limit, and what beyond it.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"

const root = path.resolve(import.meta.dirname, "../..")
const domain = path.join(root, "src/domain")

interface Limit {
  readonly concept: string
  readonly name: string
  readonly value: number
  readonly text: string
}

const declaration = /\/\*\* ((?:(?!\*\/)[\s\S])*?) \*\/\nexport const (\w+) = ([^\n]+)\n/g

const concepts = fs
  .readdirSync(domain)
  .filter((concept) => fs.existsSync(path.join(domain, concept, "Limits.ts")))
  .toSorted()

const limitsOf = async (concept: string): Promise<ReadonlyArray<Limit>> => {
  const file = path.join(domain, concept, "Limits.ts")
  const values: Readonly<Record<string, unknown>> = await import(file)
  const found = [...fs.readFileSync(file, "utf8").matchAll(declaration)].map(
    ([, text = "", name = ""]): Limit => ({
      concept,
      name,
      value: Number(values[name]),
      text: text.replaceAll(/\s+\* /g, " ")
    })
  )
  assert.deepStrictEqual(
    found.map(({ name }) => name).toSorted(),
    Object.keys(values).toSorted(),
    `${concept}: every limit is exported, and says in one comment what it bounds`
  )
  return found
}

const limits = (await Promise.all(concepts.map(limitsOf))).flat()

const units: ReadonlyArray<readonly [ending: RegExp, unit: string]> = [
  [/bytes$/i, "octets"],
  [/millis$/i, "ms"],
  [/characters$/i, "characters"]
]

const valueText = ({ name, value }: Limit): string => {
  const unit = units.find(([ending]) => ending.test(name))?.[1]
  const number = new Intl.NumberFormat("en").format(value)
  return unit === undefined ? number : `${number} ${unit}`
}

const row = (limit: Limit): string => `| \`${limit.name}\` | ${valueText(limit)} | ${limit.text} |`

const document = `# Limits

What a server, a message, a file or a command may make esmtp hold or wait for is bounded. Each bound has a name, in the
file \`Limits.ts\` of the concept it belongs to; how long a server may take for each step stands in
\`src/domain/smtp/Deadlines.ts\`, and the keyword \`timeout\` shortens it. This page is made from these files.

${concepts
  .map((concept) => {
    const rows = limits.filter((limit) => limit.concept === concept).map(row)
    return `## ${concept}\n\n| limit | value | of what, and what happens beyond it |\n|---|---|---|\n${rows.join("\n")}\n`
  })
  .join("\n")}`

const page = path.join(root, "docs/LIMITS.md")

const testTexts = fs
  .readdirSync(path.join(root, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => fs.readFileSync(path.join(root, "test", name), "utf8"))

/** Nobody has held these yet: what they bound takes minutes, or a disk of its own, to reach. This list only shrinks. */
const unheld: ReadonlySet<string> = new Set([
  ...["mda: hookMillis", "mda: mdaMillis", "mda: secretMillis", "smtp: connectMillis", "smtp: unreadBytes"],
  ...["queue: entryAtOnceBytes", "queue: headBytes", "queue: journalBytes", "queue: legacyCommandBytes"],
  ...["queue: noteBytes", "queue: relaysAtOnce", "queue: returnedBytes", "queue: wakeBytes"],
  ...["mime: delimiterBytes", "sasl: ntlmUsernameUnits", "smtp: authRounds", "smtp: chainCertificates"],
  ...["smtp: inlineBytes", "smtp: surveyedAddresses", "smtp: trustFileBytes", "telemetry: spans"]
])

describe("the limits", () => {
  it("are on docs/LIMITS.md as they are in the code", () => {
    if (process.env["UPDATE_DOCS"] === "1") fs.writeFileSync(page, document)
    assert.strictEqual(fs.readFileSync(page, "utf8"), document)
  })

  for (const { concept, name } of limits) {
    const isUnheld = unheld.has(`${concept}: ${name}`)
    it(`${concept}: ${isUnheld ? "no test holds" : "a test holds"} ${name}`, () => {
      const isNamed = new RegExp(`Limits\\.${name}\\b`)
      const isImported = new RegExp(`from "[./]+/src/domain/${concept}/Limits\\.ts"`)
      assert.strictEqual(
        testTexts.some((text) => isNamed.test(text) && isImported.test(text)),
        !isUnheld
      )
    })
  }
})
