/** A queue of 4 KB messages, all for one relay, until the relay has taken the last one. */

import { attempt, enter, leave, makeRows, makeWork, securityNames } from "../bench.mjs"
import { messageOf } from "../clients/client.mjs"
import { nodemailerPool } from "../clients/nodeClients.mjs"
import { run } from "../commands.mjs"
import { now } from "../network.mjs"

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../network.mjs").Relay} Relay */
/** @typedef {import("../bench.mjs").Contestant} Contestant */
/** @typedef {ReturnType<typeof makeRows>} Rows */

const message = messageOf(4096)
const connections = 5

/** @param {Relay} relay @param {number} count @param {() => Promise<void>} act */
const rateOf = async (relay, count, act) => {
  const before = relay.accepted()
  const startedAt = now()
  await act()
  const endedAt = await relay.until(before + count)
  return (count * 1000) / (endedAt - startedAt)
}

/** @param {Bench} bench @param {Rows} rows @param {Contestant} contestant @param {number} count */
const measureQueue = async (bench, rows, { client, relay, installed }, count) => {
  const { fill, drain } = installed
  if (fill === undefined || drain === undefined || count > (client.drainLimit ?? count)) return
  const setting = `${count} messages, ${securityNames[relay.security]}`
  const measured = await attempt(bench, client.name, async () => {
    await fill(message, count)
    return { perSecond: await rateOf(relay, count, drain) }
  })
  rows.add(setting, client.name, measured)
}

/** @param {Bench} bench @param {Rows} rows @param {Relay} relay @param {number} count */
const measurePool = async (bench, rows, relay, count) => {
  const { authorityPath } = bench
  const target = { ...relay, authorityPath, work: makeWork(bench) }
  const perSecond = await rateOf(relay, count, () => run(nodemailerPool(target, count, connections), message))
  const setting = `${count} messages, ${securityNames[relay.security]}`
  rows.add(setting, "nodemailer's pool (no queue)", { perSecond })
}

/** @param {Bench} bench */
export const measureDrain = async (bench) => {
  const rows = makeRows(bench, "drain")
  for (const security of /** @type {const} */ (["plain", "starttls"])) {
    const options = { security, offersAuth: security !== "plain", offersChunking: true }
    const all = await enter(bench, options)
    const relay = await bench.network.open(options)
    for (const [count, rounds] of /** @type {const} */ ([
      [1000, 3],
      [10_000, 1]
    ])) {
      for (let round = 0; round < rounds; round++) {
        for (const contestant of all) await measureQueue(bench, rows, contestant, count)
        await measurePool(bench, rows, relay, count)
      }
    }
    await leave(all)
  }
  return rows.all()
}
