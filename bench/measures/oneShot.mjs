/**
 * One message, from the start of the program to its end, and until the relay has taken it: on loopback, and as far away
 * as the delaying proxy makes it. Every round runs each program once.
 */

import { attempt, enter, leave, makeRows, securities, securityNames } from "../bench.mjs"
import { messageOf } from "../clients/client.mjs"
import { bareNode } from "../clients/nodeClients.mjs"
import { timed } from "../commands.mjs"

/** @typedef {import("../bench.mjs").Bench} Bench */

const message = messageOf(4096)

/** @param {Bench} bench @param {ReturnType<typeof makeRows>} rows @param {(typeof securities)[number]} security @param {number} roundTripMillis */
const measureAt = async (bench, rows, security, roundTripMillis) => {
  const setting = `${securityNames[security]}, ${roundTripMillis === 0 ? "loopback" : `${roundTripMillis} ms`}`
  const all = await enter(bench, {
    security,
    offersAuth: security !== "plain",
    ...(roundTripMillis === 0 ? {} : { roundTripMillis })
  })
  // The first run of each warms the caches and is not counted.
  for (let round = 0; round <= bench.rounds; round++) {
    if (security === "plain" && roundTripMillis === 0) {
      const { wallMillis, cpuMillis } = await timed(bareNode)
      if (round > 0) rows.add(setting, "node -e 0", { wallMillis, cpuMillis })
    }
    for (const { client, relay, installed } of all) {
      const run = await attempt(bench, client.name, async () => {
        const before = relay.accepted()
        const { wallMillis, cpuMillis, startedAt } = await timed(installed.submit, message)
        return { wallMillis, cpuMillis, acceptedMillis: (await relay.until(before + 1)) - startedAt }
      })
      if (round > 0) rows.add(setting, client.name, run)
    }
  }
  await leave(all)
}

/** @param {Bench} bench */
export const measureOneShot = async (bench) => {
  const rows = makeRows(bench, "one-shot")
  for (const roundTripMillis of [0, 20, 40, 100]) {
    for (const security of securities) await measureAt(bench, rows, security, roundTripMillis)
  }
  return rows.all()
}
