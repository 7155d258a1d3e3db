/**
 * Sinks, and long ways to them, in a process of their own: what is measured does not share a thread with them.
 *
 * Run as a child of `network()`, which is the other half of the conversation.
 */
import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import { startDelayingProxy } from "./delayingProxy.mjs"
import { startSink } from "./sink.mjs"

/**
 * @typedef {object} RelayOptions
 * @property {"plain" | "starttls" | "implicit"} security
 * @property {boolean} [offersChunking]
 * @property {boolean} [offersAuth]
 * @property {"TLSv1.2"} [tlsMaxVersion]
 * @property {number} [roundTripMillis] absent: the sink itself
 */

/**
 * @typedef {object} Relay
 * @property {number} port
 * @property {RelayOptions["security"]} security
 * @property {() => number} accepted messages so far
 * @property {(count: number) => Promise<number>} until when the `count`th message was accepted, as `now` tells it
 */

/** @typedef {{ readonly certificate: string, readonly key: string }} ServerCertificate */

/** Milliseconds since 1970 with fractions, on a clock that all processes of the machine share. */
export const now = () => performance.timeOrigin + performance.now()

/** @param {{ readonly relay: number, readonly options: RelayOptions, readonly certificates: ServerCertificate }} request */
const open = async ({ relay, options, certificates }) => {
  const { roundTripMillis, ...rest } = options
  let accepted = 0
  const sink = await startSink({
    ...rest,
    certificates,
    onAccepted: () => {
      accepted += 1
      process.send?.({ relay, accepted, at: now() })
    }
  })
  const way =
    roundTripMillis === undefined ? sink : await startDelayingProxy({ port: sink.port, roundTripMillis })
  process.send?.({ relay, port: way.port })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on("message", open)
  process.once("disconnect", () => process.exit(0))
}

/** What has not come by then is not measured. */
const patienceMillis = 180_000

/** Accepted messages of one relay. */
class Arrivals {
  /** @type {Array<number>} */
  times = []
  /** @type {Array<{ readonly count: number, readonly resolve: (at: number) => void }>} */
  waiting = []

  /** @param {number} at */
  add(at) {
    this.times.push(at)
    const due = this.waiting.filter(({ count }) => count <= this.times.length)
    this.waiting = this.waiting.filter(({ count }) => count > this.times.length)
    for (const { resolve } of due) resolve(at)
  }

  /** @param {number} count @returns {Promise<number>} */
  until(count) {
    const at = this.times[count - 1]
    if (at !== undefined) return Promise.resolve(at)
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new Error(`only ${this.times.length} of ${count} messages came`))
      const timer = setTimeout(giveUp, patienceMillis)
      this.waiting.push({
        count,
        resolve: (time) => {
          clearTimeout(timer)
          resolve(time)
        }
      })
    })
  }
}

/** Starts the process. @param {ServerCertificate} certificates */
export const startNetwork = (certificates) => {
  const child = fork(fileURLToPath(import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] })
  /** @type {Map<number, Arrivals>} */
  const relays = new Map()
  /** @type {Map<number, (port: number) => void>} */
  const opening = new Map()
  child.on("message", (/** @type {{ relay: number, port?: number, at?: number }} */ { relay, port, at }) => {
    if (port !== undefined) opening.get(relay)?.(port)
    if (at !== undefined) relays.get(relay)?.add(at)
  })
  return {
    /** @param {RelayOptions} options @returns {Promise<Relay>} */
    open: async (options) => {
      const relay = relays.size
      const arrivals = new Arrivals()
      relays.set(relay, arrivals)
      const port = await new Promise((/** @type {(port: number) => void} */ resolve) => {
        opening.set(relay, resolve)
        child.send({ relay, options, certificates })
      })
      return {
        port,
        security: options.security,
        accepted: () => arrivals.times.length,
        until: (count) => arrivals.until(count)
      }
    },
    stop: () => {
      if (child.connected) child.disconnect()
    }
  }
}

/** @typedef {ReturnType<typeof startNetwork>} Network */
