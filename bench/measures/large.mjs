/** One large message: how fast it goes, and how much memory the program takes for it. */
import * as fs from "node:fs"
import * as path from "node:path"
import { attempt, enter, makeRows } from "../bench.mjs"
import { messageOf } from "../clients/client.mjs"
import { weighed } from "../commands.mjs"

/** @typedef {import("../bench.mjs").Bench} Bench */

const mebibyte = 2 ** 20

/** @param {string} file @param {number} mebibytes */
const writeMessage = (file, mebibytes) => {
  const block = messageOf(mebibyte)
  const lines = block.slice(block.indexOf("\n\n") + 2)
  const out = fs.openSync(file, "w", 0o600)
  fs.writeSync(out, block)
  for (let written = 1; written < mebibytes; written++) fs.writeSync(out, lines)
  fs.closeSync(out)
  return fs.statSync(file).size
}

/** @typedef {{ readonly mebibytes: number, readonly offersChunking: boolean, readonly rounds: number, readonly names?: ReadonlyArray<string> }} Case */

/** The last but one only with those that know what to do with it, the last only with the fastest: it takes its time. @type {ReadonlyArray<Case>} */
const cases = [
  { mebibytes: 256, offersChunking: false, rounds: 3 },
  { mebibytes: 256, offersChunking: true, rounds: 3, names: ["esmtp", "C esmtp"] },
  { mebibytes: 1024, offersChunking: true, rounds: 1, names: ["esmtp", "C esmtp"] }
]

/** @param {Bench} bench @param {ReturnType<typeof makeRows>} rows @param {Case} one */
const measureCase = async (bench, rows, { mebibytes, offersChunking, rounds, names }) => {
  const clients = bench.clients.filter(
    ({ kind, name }) => kind === "one-shot" && names?.includes(name) !== false
  )
  const file = path.join(bench.directory, "large")
  const bytes = writeMessage(file, mebibytes)
  const all = await enter(bench, { security: "plain", offersChunking }, clients)
  const setting = `${mebibytes} MB, ${offersChunking ? "CHUNKING" : "DATA"}`
  for (let round = 0; round < rounds; round++) {
    for (const { client, installed } of all) {
      const measured = await attempt(bench, client.name, () => weighed(installed.submit, file))
      if (measured === undefined) continue
      rows.add(setting, client.name, {
        megabytesPerSecond: bytes / 1000 / measured.wallMillis,
        peakMegabytes: measured.peakBytes / 1e6
      })
    }
  }
  fs.rmSync(file)
}

/** @param {Bench} bench */
export const measureLarge = async (bench) => {
  const rows = makeRows(bench, "large message")
  for (const one of cases) await measureCase(bench, rows, one)
  return rows.all()
}
