/**
 * `npm run bench`: this program, nodemailer and a bare Node. `npm run bench:peers`: the mail programs of Debian as well.
 *
 * `--only one-shot,drain` runs some of the measurements; `--rounds N` sets how often what is quick is repeated; `--dry`
 * writes no file. The figures of each run are kept in `bench/raw/`, and `bench/RESULTS.md` is made of them.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { parseArgs } from "node:util"
import { makeCertificates } from "../scripts/certificates.mjs"
import { describeMachine } from "./bench.mjs"
import { repository } from "./clients/client.mjs"
import { dma, nullmailer } from "./clients/daemons.mjs"
import { nodemailer } from "./clients/nodeClients.mjs"
import { cEsmtp, msmtp } from "./clients/oneShot.mjs"
import { ours } from "./clients/ours.mjs"
import { openSmtpd, postfix } from "./clients/servers.mjs"
import { measureBurst } from "./measures/burst.mjs"
import { measureDrain } from "./measures/drain.mjs"
import { measureLarge } from "./measures/large.mjs"
import { measureOneShot } from "./measures/oneShot.mjs"
import { measureQueueSize } from "./measures/queueSize.mjs"
import { measureRoundTrips } from "./measures/roundTrips.mjs"
import { startNetwork } from "./network.mjs"
import { movedInside } from "./privateRoot.mjs"
import { writeResults } from "./report.mjs"

/** @type {ReadonlyMap<string, (bench: import("./bench.mjs").Bench) => Promise<ReadonlyArray<import("./bench.mjs").Row>>>} */
const measures = new Map([
  ["round trips", measureRoundTrips],
  ["one-shot", measureOneShot],
  ["burst", measureBurst],
  ["drain", measureDrain],
  ["large message", measureLarge],
  ["queue size", measureQueueSize]
])

const say = (/** @type {string} */ text) => process.stderr.write(`${text}\n`)

const peers = [cEsmtp, msmtp, nullmailer, dma, postfix, openSmtpd]

/** @param {boolean} withPeers */
const presentClients = (withPeers) => {
  const wanted = [ours, nodemailer, ...(withPeers ? peers : [])]
  return wanted.filter(({ name, missing }) => {
    const why = missing()
    if (why !== undefined) say(`skipped: ${name}: ${why}`)
    return why === undefined
  })
}

/** @param {{ readonly peers: boolean, readonly only: string | undefined, readonly rounds: string, readonly dry: boolean }} options */
const measureAll = async (options) => {
  const chosen = options.only?.split(",") ?? [...measures.keys()]
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-bench-"))
  // Daemons run as users of their own and must get through.
  fs.chmodSync(directory, 0o755)
  const { authority, certificate, key } = await makeCertificates()
  const authorityPath = path.join(directory, "ca.pem")
  fs.writeFileSync(authorityPath, authority)
  const certificates = { certificate, key }
  const network = startNetwork(certificates)
  const bench = {
    ...{ clients: presentClients(options.peers), network, certificates, authorityPath, directory },
    rounds: Number(options.rounds),
    say: (/** @type {string} */ text) => say(`  ${text}`)
  }
  try {
    const machine = describeMachine()
    const rows = []
    for (const [name, measure] of measures) {
      if (!chosen.includes(name)) continue
      say(name)
      rows.push(...(await measure(bench)))
    }
    writeResults(repository, options.peers ? "peers" : "bench", { machine, rows }, options.dry)
  } finally {
    network.stop()
    fs.rmSync(directory, { recursive: true, force: true })
  }
}

const { values } = parseArgs({
  options: {
    peers: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string", default: "5" },
    dry: { type: "boolean", default: false }
  }
})

if (!values.peers || !(await movedInside(say))) await measureAll({ only: undefined, ...values })
