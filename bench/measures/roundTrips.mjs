/** How many round trips each program waits for: a count, the same on every machine. */

import { attempt, makeRows, makeWork, ownNeeds, securities, securityNames } from "../bench.mjs"
import { messageOf } from "../clients/client.mjs"
import { run } from "../commands.mjs"
import { startDelayingProxy } from "../delayingProxy.mjs"
import { startSink } from "../sink.mjs"

/** @typedef {import("../bench.mjs").Bench} Bench */

const message = messageOf(1024)
const roundTripMillis = 80

/** @param {Bench} bench @param {import("../network.mjs").RelayOptions} options */
const listen = async ({ certificates }, options) => {
  /** @type {{ proxy?: import("../delayingProxy.mjs").DelayingProxy, taken?: () => void }} */
  const line = {}
  const sink = await startSink({
    ...{ ...options, certificates },
    onHeard: (what) => line.proxy?.heard(what),
    onAccepted: () => {
      line.proxy?.accepted()
      line.taken?.()
    }
  })
  const proxy = await startDelayingProxy({ port: sink.port, roundTripMillis })
  line.proxy = proxy
  const taken = new Promise((resolve) => {
    line.taken = () => resolve(undefined)
  })
  return { sink, proxy, taken }
}

/** @param {Bench} bench @param {import("../bench.mjs").Client} client @param {import("../network.mjs").RelayOptions} options */
const count = async (bench, client, options) => {
  const { sink, proxy, taken } = await listen(bench, { ...options, ...ownNeeds(client) })
  const { security } = options
  const { authorityPath } = bench
  const installed = await client.install({ port: proxy.port, security, authorityPath, work: makeWork(bench) })
  try {
    await run(installed.submit, message)
    await taken
  } finally {
    await installed.stop?.()
    await proxy.close()
    await sink.close()
  }
  return { untilAccepted: proxy.tripsUntilAccepted(), trips: proxy.trips().join("; ") }
}

/** @param {Bench} bench */
export const measureRoundTrips = async (bench) => {
  const rows = makeRows(bench, "round trips")
  for (const security of securities) {
    for (const offersChunking of [false, true]) {
      const setting = `${securityNames[security]}${offersChunking ? ", CHUNKING" : ""}`
      for (const client of bench.clients) {
        if (client.securities?.includes(security) === false) continue
        const options = { security, offersChunking, offersAuth: security !== "plain" }
        rows.add(setting, client.name, await attempt(bench, client.name, () => count(bench, client, options)))
      }
    }
  }
  return rows.all()
}
