/** Fifty submissions at once, until the last caller has its answer, and until the relay has the last message. */

import { attempt, enter, leave, makeRows } from "../bench.mjs"
import { messageOf } from "../clients/client.mjs"
import { bareNode } from "../clients/nodeClients.mjs"
import { run } from "../commands.mjs"
import { now } from "../network.mjs"

/** @typedef {import("../bench.mjs").Bench} Bench */
/** @typedef {import("../commands.mjs").Command} Command */

const size = 50
const setting = `${size} at once`
const message = messageOf(4096)

/** @param {Command} command */
const allAtOnce = async (command) => {
  const startedAt = now()
  await Promise.all(Array.from({ length: size }, () => run(command, message)))
  return { startedAt, answeredMillis: now() - startedAt }
}

/** @param {Bench} bench @param {ReturnType<typeof makeRows>} rows @param {import("../bench.mjs").Contestant} contestant */
const measureOne = async (bench, rows, { client, relay, installed }) => {
  const { submit, enqueue, drain } = installed
  const direct = await attempt(bench, client.name, async () => {
    const before = relay.accepted()
    const { startedAt, answeredMillis } = await allAtOnce(submit)
    return { answeredMillis, acceptedMillis: (await relay.until(before + size)) - startedAt }
  })
  rows.add(setting, client.name, direct)
  if (enqueue === undefined || drain === undefined) return
  const queued = await attempt(bench, client.name, async () => {
    const before = relay.accepted()
    const { answeredMillis } = await allAtOnce(enqueue)
    await drain()
    await relay.until(before + size)
    return { answeredMillis }
  })
  rows.add(setting, `${client.name}, into the queue`, queued)
}

/** @param {Bench} bench */
export const measureBurst = async (bench) => {
  const rows = makeRows(bench, "burst")
  const all = await enter(bench, { security: "plain" })
  for (let round = 0; round < Math.min(bench.rounds, 3); round++) {
    rows.add(setting, "node -e 0", { answeredMillis: (await allAtOnce(bareNode)).answeredMillis })
    for (const contestant of all) await measureOne(bench, rows, contestant)
  }
  await leave(all)
  return rows.all()
}
