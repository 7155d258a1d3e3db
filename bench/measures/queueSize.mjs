/** What a queue costs by its length: to list it, and to put one more message into it. */
import * as fs from "node:fs"
import { enter, makeRows } from "../bench.mjs"
import { messageOf } from "../clients/client.mjs"
import { ours } from "../clients/ours.mjs"
import { timed, weighed } from "../commands.mjs"

/** @typedef {import("../bench.mjs").Bench} Bench */

const message = messageOf(4096)
const lengths = [10, 1000, 100_000]

/** The enqueueing takes turns over the queues, so that the machine's moods fall on all of them. @param {Bench} bench */
export const measureQueueSize = async (bench) => {
  const rows = makeRows(bench, "queue size")
  const queues = []
  for (const length of lengths) {
    bench.say(`a queue of ${length}`)
    const [one] = await enter(bench, { security: "plain" }, [ours])
    if (one?.installed.fill === undefined) return []
    await one.installed.fill(message, length)
    queues.push({ ...one, length })
  }
  for (let round = 0; round <= bench.rounds; round++) {
    for (const { length, installed } of queues) {
      if (installed.enqueue === undefined) continue
      const { wallMillis } = await timed(installed.enqueue, message)
      if (round > 0) rows.add(`${length} entries`, "esmtp", { enqueueMillis: wallMillis })
    }
  }
  for (let round = 0; round < 3; round++) {
    for (const { length, installed } of queues) {
      if (installed.list === undefined) continue
      const { wallMillis, peakBytes } = await weighed(installed.list)
      rows.add(`${length} entries`, "esmtp", { listMillis: wallMillis, listPeakMegabytes: peakBytes / 1e6 })
    }
  }
  for (const { work } of queues) fs.rmSync(work, { recursive: true })
  return rows.all()
}
