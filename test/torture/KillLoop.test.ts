/**
 * L4: senders and runners of the built program, killed at random by SIGKILL, against a server that counts.
 *
 * The oracle: whatever a sender was told is accepted (exit 0) arrives; what he was not told of may arrive as well. A
 * message arrives whole. No more copies are made than there were kills.
 */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { installNames, runProgram, searchPath } from "../support/runProgram.ts"

const isLong = process.env["ESMTP_TORTURE"] === "1"
const messages = isLong ? 2000 : 30
const senders = isLong ? 8 : 4
const runners = isLong ? 4 : 2
/** Sooner, and on a busy machine nobody would live to do anything. */
const leastMillisBetweenKills = isLong ? 50 : 150

interface World {
  readonly home: string
  readonly bin: string
  readonly running: Set<ChildProcess>
  readonly killEveryMillis: number
  kills: number
  /** Submissions that did not end with 0. */
  refusals: number
}

const start = (
  world: World,
  name: string,
  args: ReadonlyArray<string>,
  stdin: string
): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(path.join(world.bin, name), args, {
      env: { HOME: world.home, PATH: searchPath(world.bin) },
      stdio: ["pipe", "ignore", "ignore"]
    })
    world.running.add(child)
    child.on("error", reject)
    child.on("close", (status) => {
      world.running.delete(child)
      resolve(status)
    })
    child.stdin.on("error", () => {})
    child.stdin.end(stdin)
  })

const bodyOf = (number: number): string => `line of ${number}\n`.repeat(100)

const submit = (world: World, number: number): Promise<number | null> =>
  start(
    world,
    "sendmail",
    ["-odq", "-f", "ada@example.org", "bob@example.net"],
    `Subject: number ${number}\n\n${bodyOf(number)}`
  )

/** Each until it is accepted, as whoever sends does. */
const sendAll = async (world: World): Promise<void> => {
  let next = 0
  const sender = async () => {
    while (next < messages) {
      const number = next++
      while ((await submit(world, number)) !== 0) world.refusals += 1
    }
  }
  await Promise.all(Array.from({ length: senders }, sender))
}

/** Kills one of ours now and then: a sender, or a runner in the middle of a session. */
const killer = (world: World): NodeJS.Timeout =>
  setInterval(() => {
    const victims = [...world.running]
    const victim = victims[world.kills % Math.max(1, victims.length)]
    if (victim?.kill("SIGKILL") === true) world.kills += 1
  }, world.killEveryMillis)

const underFire = async (world: World): Promise<void> => {
  const timer = killer(world)
  let isOver = false
  const runner = async () => {
    while (!isOver) await start(world, "deliver", [], "")
  }
  const running = Array.from({ length: runners }, runner)
  await sendAll(world)
  isOver = true
  await Promise.all(running)
  clearInterval(timer)
}

/** Milliseconds between kills: twice what this machine needs for a program that does nothing much. */
const pace = (home: string) =>
  Effect.map(Effect.timed(runProgram({ home, name: "mailq" })), ([took]) =>
    Math.max(leastMillisBetweenKills, 2 * Duration.toMillis(took))
  )

const numberOf = (text: string): number => Number(/^Subject: number ([0-9]+)/m.exec(text)?.[1] ?? Number.NaN)

describe("L4: senders and runners under SIGKILL", () => {
  it.scopedLive(
    "P1 P3 P4: what was accepted arrives, whole, with no more copies than kills",
    () =>
      Effect.gen(function* () {
        const relay = yield* startEmbeddedRelay({ security: "plain" })
        const home = yield* makeHome({
          hostname: `127.0.0.1:${relay.port}`,
          tls: "disabled",
          queue_dir: "~/queue"
        })
        const world: World = {
          home,
          bin: installNames(home),
          running: new Set(),
          killEveryMillis: yield* pace(home),
          kills: 0,
          refusals: 0
        }
        yield* Effect.promise(() => underFire(world))
        const drained = yield* runProgram({ home, name: "deliver", timeoutMillis: 120_000 })
        assert.deepStrictEqual([drained.status, drained.stderr], [0, ""])

        const arrived = new Map<number, number>()
        for (const { content } of relay.messages) {
          const text = content.toString().replaceAll("\r\n", "\n")
          const number = numberOf(text)
          arrived.set(number, (arrived.get(number) ?? 0) + 1)
          assert.include(text, `\n\n${bodyOf(number)}`)
        }
        const copies = [...arrived.values()].reduce((sum, count) => sum + count - 1, 0)
        assert.strictEqual(arrived.size, messages)
        process.stderr.write(
          `L4: ${messages} accepted, ${world.refusals} not, ${world.kills} kills, ${copies} copies too many\n`
        )
        assert.isAtLeast(world.kills, 5)
        assert.isAtMost(copies, world.kills)
        for (const folder of ["q", "bad", "dead"]) {
          assert.deepStrictEqual(fs.readdirSync(path.join(home, "queue", folder)), [])
        }
      }),
    isLong ? 10_800_000 : 180_000
  )
})
