/**
 * A way to a server that is as long as one likes, and that counts how often it is gone.
 *
 * Every read travels for half a round trip by itself, so that nothing waits for anything but its cause. A round trip
 * is counted at the client's end: what it sent since it last heard something, and the first that it hears of the
 * answer. The long way makes the count exact: two writes without waiting between them leave together, and what the
 * server says unasked in between (session tickets) arrives after both. What arrives after the client has closed was not
 * waited for. Connecting takes a round trip, and the greeting of a server that speaks first another.
 */
import * as net from "node:net"

/**
 * @typedef {object} ProxyOptions
 * @property {number} port of the server, on 127.0.0.1
 * @property {number} roundTripMillis
 */

/** @typedef {{ readonly heard: Array<string>, isAnswered: boolean }} Trip */

/**
 * @typedef {object} DelayingProxy
 * @property {number} port
 * @property {(what: string) => void} heard the server tells what it has read; it belongs to the trip under way
 * @property {() => void} accepted the server is about to accept a message
 * @property {() => ReadonlyArray<string>} trips what the server heard in each, in order
 * @property {() => number} tripsUntilAccepted 0: it has not been
 * @property {() => Promise<void>} close
 */

/** What a flight carries that the server does not see as a command. */
const unseen = "TLS"

/** The round trips of all connections, one after another. */
class Ledger {
  /** @type {Array<Trip>} */
  trips = []
  untilAccepted = 0

  open() {
    this.trips.push({ heard: ["connect"], isAnswered: true })
    this.trips.push({ heard: [], isAnswered: false })
  }

  said() {
    if (this.trips.at(-1)?.isAnswered !== false) this.trips.push({ heard: [], isAnswered: false })
  }

  answered() {
    const trip = this.trips.at(-1)
    if (trip !== undefined) trip.isAnswered = true
  }
}

/** @param {net.Socket} client @param {ProxyOptions} options @param {Ledger} ledger @param {Set<net.Socket>} sockets */
const carry = (client, { port, roundTripMillis }, ledger, sockets) => {
  const half = roundTripMillis / 2
  /** @type {Array<() => void>} */
  const early = []
  /** @type {net.Socket | undefined} */
  let server
  let hasClosed = false
  const toServer = (/** @type {(server: net.Socket) => void} */ act) => {
    if (server === undefined) early.push(() => server !== undefined && act(server))
    else act(server)
  }
  ledger.open()
  client.setNoDelay(true).on("error", () => {})
  client.on("data", (bytes) => {
    ledger.said()
    setTimeout(() => toServer((to) => to.write(bytes)), half)
  })
  client.once("end", () => {
    hasClosed = true
    setTimeout(() => toServer((to) => to.end()), half)
  })
  client.once("close", () => {
    hasClosed = true
    setTimeout(() => toServer((to) => to.destroy()), roundTripMillis)
  })
  const connect = () => {
    const upstream = net.connect({ host: "127.0.0.1", port, noDelay: true })
    sockets.add(upstream)
    upstream.on("error", () => {})
    upstream.on("data", (bytes) => {
      setTimeout(() => {
        if (hasClosed) return
        ledger.answered()
        client.write(bytes)
      }, half)
    })
    upstream.once("end", () => setTimeout(() => client.end(), half))
    upstream.once("close", () => sockets.delete(upstream))
    upstream.once("connect", () => {
      server = upstream
      for (const act of early.splice(0)) act()
    })
  }
  // SYN, SYN and ACK, ACK: three times half the way, and the server accepts.
  setTimeout(connect, 3 * half)
}

/** Listens on a free port of 127.0.0.1. @param {ProxyOptions} options @returns {Promise<DelayingProxy>} */
export const startDelayingProxy = async (options) => {
  const ledger = new Ledger()
  /** @type {Set<net.Socket>} */
  const sockets = new Set()
  const listener = net.createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client)
    client.once("close", () => sockets.delete(client))
    carry(client, options, ledger, sockets)
  })
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", 1024, () => resolve(undefined)))
  const address = listener.address()
  if (address === null || typeof address === "string") throw new Error("the proxy has no port")
  return {
    port: address.port,
    heard: (what) => {
      ledger.trips.at(-1)?.heard.push(what)
    },
    accepted: () => {
      ledger.untilAccepted = ledger.trips.length
    },
    trips: () =>
      ledger.trips
        .filter(({ isAnswered }) => isAnswered)
        .map(({ heard }) => (heard.length === 0 ? unseen : heard.join(" "))),
    tripsUntilAccepted: () => ledger.untilAccepted,
    close: async () => {
      const closed = new Promise((resolve) => listener.close(() => resolve(undefined)))
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}
