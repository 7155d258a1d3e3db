/** What every measurement is given, and what it gives back. */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** @typedef {import("./clients/client.mjs").Client} Client */
/** @typedef {import("./clients/client.mjs").Installed} Installed */
/** @typedef {import("./network.mjs").Relay} Relay */
/** @typedef {import("./network.mjs").RelayOptions} RelayOptions */

/**
 * @typedef {object} Row
 * @property {string} measure
 * @property {string} setting
 * @property {string} client
 * @property {Readonly<Record<string, ReadonlyArray<number | string>>>} figures each run's, in the order of the runs
 */

/**
 * @typedef {object} Bench
 * @property {ReadonlyArray<Client>} clients those that are here
 * @property {import("./network.mjs").Network} network
 * @property {import("./network.mjs").ServerCertificate} certificates
 * @property {string} authorityPath
 * @property {string} directory removed at the end
 * @property {number} rounds
 * @property {(text: string) => void} say
 */

/** @typedef {{ readonly client: Client, readonly relay: Relay, readonly installed: Installed, readonly work: string }} Contestant */

export const securities = /** @type {const} */ (["plain", "starttls", "implicit"])

export const securityNames = {
  plain: "plain",
  starttls: "STARTTLS + AUTH",
  implicit: "implicit TLS + AUTH"
}

let made = 0

/** An empty directory for one installation. @param {Bench} bench */
export const makeWork = ({ directory }) => {
  made += 1
  const work = path.join(directory, `${made}`)
  fs.mkdirSync(work, { mode: 0o755 })
  return work
}

/** What `client` needs of a server that it can't do with any. @param {Client} client */
export const ownNeeds = ({ tlsMaxVersion }) => (tlsMaxVersion === undefined ? {} : { tlsMaxVersion })

/**
 * Each client that can do it, set up to send to a relay of its own.
 * @param {Bench} bench @param {RelayOptions} options @param {ReadonlyArray<Client>} [clients]
 * @returns {Promise<ReadonlyArray<Contestant>>}
 */
export const enter = async (bench, options, clients = bench.clients) => {
  const all = []
  for (const client of clients) {
    if (client.securities?.includes(options.security) === false) continue
    const relay = await bench.network.open({ ...options, ...ownNeeds(client) })
    const work = makeWork(bench)
    const { authorityPath } = bench
    const { port, security } = relay
    all.push({
      client,
      relay,
      work,
      installed: await client.install({ port, security, authorityPath, work })
    })
  }
  return all
}

/** @param {ReadonlyArray<Contestant>} contestants */
export const leave = async (contestants) => {
  for (const { installed } of contestants) await installed.stop?.()
}

/**
 * One run of one program. One that fails is left out of the table, and said to be.
 * @template A @param {Bench} bench @param {string} what @param {() => Promise<A>} act @returns {Promise<A | undefined>}
 */
export const attempt = async (bench, what, act) => {
  try {
    return await act()
  } catch (error) {
    bench.say(`${what} failed: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

/** Collects runs into rows, and tells them as they come. @param {Bench} bench @param {string} measure */
export const makeRows = ({ say }, measure) => {
  /** @type {Map<string, { measure: string, setting: string, client: string, figures: Record<string, Array<number | string>> }>} */
  const rows = new Map()
  return {
    /** @param {string} setting @param {string} client @param {Readonly<Record<string, number | string>> | undefined} run */
    add: (setting, client, run) => {
      if (run === undefined) return
      const told = Object.entries(run).map(
        ([name, value]) => `${name} ${typeof value === "number" ? Math.round(value) : value}`
      )
      say(`${setting}: ${client}: ${told.join(", ")}`)
      const key = `${setting}\n${client}`
      const row = rows.get(key) ?? { measure, setting, client, figures: {} }
      rows.set(key, row)
      for (const [name, value] of Object.entries(run)) {
        const figures = row.figures[name] ?? []
        row.figures[name] = figures
        figures.push(typeof value === "number" ? Math.round(value * 100) / 100 : value)
      }
    },
    /** @returns {ReadonlyArray<Row>} */
    all: () => [...rows.values()]
  }
}

/** What a reader must know of the machine, and nothing that names it. */
export const describeMachine = () => {
  const cpus = os.cpus()
  return {
    date: new Date().toISOString().slice(0, 16).replace("T", " "),
    system: `${os.type()} ${os.release().replace(/[-+].*/, "")} ${os.arch()}`,
    processor: `${cpus.length} × ${cpus[0]?.model.trim() ?? "unknown"}`,
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    node: process.version,
    load: os.loadavg()[0] ?? 0
  }
}
