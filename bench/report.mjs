/** Makes tables of what was measured. */
import * as fs from "node:fs"
import * as path from "node:path"

/** @typedef {import("./bench.mjs").Row} Row */
/** @typedef {{ readonly machine: ReturnType<typeof import("./bench.mjs").describeMachine>, readonly rows: ReadonlyArray<Row>, readonly note?: string }} Run */

/**
 * @typedef {object} Table
 * @property {string} measure
 * @property {string} figure
 * @property {string} title
 * @property {string} [base] the client whose figure is 1 in the ratios; absent: no ratios
 * @property {number} [digits]
 */

const base = "esmtp"

/** @type {ReadonlyArray<Table>} */
const tables = [
  { measure: "round trips", figure: "untilAccepted", title: "Round trips until the message is accepted" },
  { measure: "one-shot", figure: "wallMillis", title: "One message: until the program has ended, ms", base },
  { measure: "one-shot", figure: "acceptedMillis", title: "One message: until it is accepted, ms", base },
  { measure: "one-shot", figure: "cpuMillis", title: "One message: processor time, ms", base },
  {
    measure: "burst",
    figure: "answeredMillis",
    title: "Fifty at once: until the last caller is answered, ms",
    base
  },
  {
    measure: "burst",
    figure: "acceptedMillis",
    title: "Fifty at once: until the last is accepted, ms",
    base
  },
  {
    measure: "drain",
    figure: "perSecond",
    title: "Draining a queue of 4 KB messages, messages per second",
    base
  },
  { measure: "large message", figure: "megabytesPerSecond", title: "A large message, MB/s", base },
  { measure: "large message", figure: "peakMegabytes", title: "A large message: peak memory, MB", base },
  { measure: "queue size", figure: "enqueueMillis", title: "Putting one more message into a queue, ms" },
  { measure: "queue size", figure: "listMillis", title: "Listing a queue, ms" },
  { measure: "queue size", figure: "listPeakMegabytes", title: "Listing a queue: peak memory, MB" }
]

/** @param {ReadonlyArray<number | string>} values */
export const median = (values) => {
  const sorted = values.filter((value) => typeof value === "number").sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]
}

/** @param {ReadonlyArray<string>} cells */
const line = (cells) => `| ${cells.join(" | ")} |\n`

/** @param {ReadonlyArray<Row>} rows @param {Table} table */
const render = (rows, { measure, figure, title, base: reference }) => {
  const ours = rows.filter((row) => row.measure === measure && row.figures[figure] !== undefined)
  if (ours.length === 0) return ""
  const settings = [...new Set(ours.map(({ setting }) => setting))]
  const clients = [...new Set(ours.map(({ client }) => client))]
  const medianOf = (/** @type {string} */ setting, /** @type {string} */ client) => {
    const row = ours.find((one) => one.setting === setting && one.client === client)
    return row === undefined ? undefined : median(row.figures[figure] ?? [])
  }
  const cell = (/** @type {string} */ setting, /** @type {string} */ client) => {
    const value = medianOf(setting, client)
    if (value === undefined) return "–"
    const text = value.toFixed(value < 10 && !Number.isInteger(value) ? 1 : 0)
    const one = reference === undefined ? undefined : medianOf(setting, reference)
    return one === undefined || client === reference ? text : `${text} (${(value / one).toFixed(2)})`
  }
  return [
    `### ${title}\n\n`,
    line(["", ...clients]),
    line(["---", ...clients.map(() => "---:")]),
    ...settings.map((setting) => line([setting, ...clients.map((client) => cell(setting, client))])),
    "\n"
  ].join("")
}

/** @param {string} heading @param {Run} run */
const section = (heading, { machine, rows, note }) => {
  const { date, system, processor, memoryGib, node, load } = machine
  return [
    `## ${heading}\n\n`,
    `${date} UTC; ${system}, ${processor}, ${memoryGib} GiB, Node ${node}; load at the start ${load.toFixed(1)}.\n\n`,
    note === undefined ? "" : `${note}\n\n`,
    ...tables.map((table) => render(rows, table))
  ].join("")
}

const preface = `# Results

Made by \`npm run bench\` and \`npm run bench:peers\`; [docs/PERFORMANCE.md](../docs/PERFORMANCE.md) says what they
mean. Medians of interleaved runs; in brackets the ratio to esmtp in the same run. On a machine that does other things
as well, only the ratios mean anything. The server is \`bench/sink.mjs\`, a process of its own on loopback, without a
limit of its own in reach of what is measured; distance is made by \`bench/delayingProxy.mjs\`.

`

/** @param {string} repository @param {"bench" | "peers"} name @param {Run} run @param {boolean} isDry */
export const writeResults = (repository, name, run, isDry) => {
  const raw = path.join(repository, "bench/raw")
  const heading = { bench: "esmtp, nodemailer, bare Node", peers: "With the mail programs of Debian 12" }
  process.stdout.write(section(heading[name], run))
  if (isDry) return
  fs.mkdirSync(raw, { recursive: true })
  fs.writeFileSync(path.join(raw, `${name}.json`), `${JSON.stringify(run)}\n`)
  const parts = /** @type {const} */ (["bench", "peers"]).flatMap((one) => {
    const file = path.join(raw, `${one}.json`)
    return fs.existsSync(file) ? [section(heading[one], JSON.parse(fs.readFileSync(file, "utf8")))] : []
  })
  fs.writeFileSync(path.join(repository, "bench/RESULTS.md"), preface + parts.join(""))
}
