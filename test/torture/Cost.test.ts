/**
 * L9: what the queue costs, counted in system calls of the built program: no clock is asked, so no busy machine changes
 * the answer.
 *
 * A hundred thousand entries are names of two files here, as the names are what a queue's length consists of; files of
 * their own would take longer to make than all else.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as QueueId from "../../src/domain/queue/QueueId.ts"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { requirePart } from "../support/requirePart.ts"
import { installNames, run, searchPath } from "../support/runProgram.ts"

const manyEntries = 100_000

/** ext4 gives a file 65,000 names at most. */
const namesOfAFile = 50_000

/** Fills a queue with the names of entries that were accepted a day ago, a millisecond apart. */
const lengthen = (queue: string, count: number): void => {
  const since = Date.now() - 86_400_000
  const random = Buffer.alloc(QueueId.randomOctets)
  let source = ""
  for (let number = 0; number < count; number++) {
    random.writeUInt32BE(number)
    const entry = path.join(queue, "q", QueueId.make(since + number, random))
    if (number % namesOfAFile === 0) {
      fs.writeFileSync(entry, "not a message\n", { mode: 0o600 })
      source = entry
    } else fs.linkSync(source, entry)
  }
}

/** Calls of the program that concern the queue, as `verb arguments`, in their order. */
const callsOf = (home: string, name: string, args: ReadonlyArray<string>, stdin = "") =>
  Effect.gen(function* () {
    const bin = installNames(home)
    const log = path.join(home, "strace.log")
    const result = yield* run({
      file: "strace",
      args: [
        ...["-f", "-y", "-qq", "-s", "400", "-o", log, "-e", "trace=%file,%desc"],
        ...[path.join(bin, name), ...args]
      ],
      stdin,
      env: { HOME: home, PATH: searchPath(bin), UV_USE_IO_URING: "0", UV_THREADPOOL_SIZE: "1" },
      timeoutMillis: 60_000
    })
    assert.deepStrictEqual([result.status, result.stderr], [0, ""])
    return fs
      .readFileSync(log, "utf8")
      .split("\n")
      .flatMap((line) => {
        const [, verb = "", rest = ""] = /^\d+ +([a-z0-9_]+)\((.*)$/.exec(line) ?? []
        return rest.includes(`${home}/queue`) ? [`${verb} ${rest}`] : []
      })
  })

const verbs = (calls: ReadonlyArray<string>): ReadonlyArray<string> =>
  calls.map((call) => call.split(" ", 1)[0] ?? "")

const isSync = (call: string): boolean => /^(?:fsync|fdatasync|sync|syncfs)\b/.test(call)

const message = "Subject: hi\n\nbody\n"

const enqueued = (home: string) =>
  callsOf(home, "sendmail", ["-odq", "-f", "ada@example.org", "bob@example.net"], message)

describe.runIf(requirePart("strace", "/usr/bin/strace"))("L9: the cost of the queue", () => {
  it.scopedLive("enqueue makes the same calls with 100,000 entries as with 10, and reads no directory", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({ hostname: "127.0.0.1:1", queue_dir: "~/queue" })
      yield* enqueued(home)
      lengthen(path.join(home, "queue"), 10)
      const short = verbs(yield* enqueued(home))
      lengthen(path.join(home, "queue"), manyEntries)
      const long = verbs(yield* enqueued(home))
      assert.deepStrictEqual(long, short)
      assert.notInclude(long, "getdents64")
      assert.strictEqual(long.filter(isSync).length, 2)
    })
  )

  it.scopedLive("mailq opens each of 100,000 entries once, and changes nothing", () =>
    Effect.gen(function* () {
      const home = yield* makeHome({ hostname: "127.0.0.1:1", queue_dir: "~/queue" })
      yield* enqueued(home)
      lengthen(path.join(home, "queue"), manyEntries)
      const bin = installNames(home)
      const log = path.join(home, "strace.log")
      const result = yield* run({
        file: "strace",
        args: [
          ...["-f", "-c", "-o", log, "-e", "trace=openat,rename,renameat2,unlink,mkdir,fsync,getdents64"],
          path.join(bin, "mailq")
        ],
        env: { HOME: home, PATH: searchPath(bin), UV_USE_IO_URING: "0" },
        timeoutMillis: 60_000
      })
      assert.strictEqual(result.status, 0)
      const count = (call: string): number => {
        const [, calls = "0"] =
          new RegExp(`^ *[0-9.]+ +[0-9.]+ +[0-9]+ +([0-9]+) .*\\b${call}$`, "m").exec(
            fs.readFileSync(log, "utf8")
          ) ?? []
        return Number(calls)
      }
      assert.isAtLeast(count("openat"), manyEntries)
      assert.isAtMost(count("openat"), manyEntries + 1000)
      for (const change of ["rename", "renameat2", "unlink", "mkdir", "fsync"]) {
        assert.strictEqual(count(change), 0, change)
      }
    })
  )

  it.scopedLive("a delivery syncs twice before it sends, and at most twice after the final reply", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, queue_dir: "~/queue" })
      // The first run makes the reserve.
      yield* enqueued(home)
      yield* callsOf(home, "deliver", [])
      yield* enqueued(home)
      const calls = yield* callsOf(home, "deliver", [])
      const reply = calls.findIndex(
        (call) => /^(?:p?write|pwritev?)\w*\b/.test(call) && call.includes('\\"result\\"')
      )
      assert.isAtLeast(reply, 0)
      assert.strictEqual(calls.slice(0, reply).filter(isSync).length, 2)
      assert.isAtMost(calls.slice(reply).filter(isSync).length, 2)
      assert.strictEqual(relay.messages.length, 2)
    })
  )
})
