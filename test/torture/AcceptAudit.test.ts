/**
 * L9: the order of system calls by which the built program accepts and delivers a message. A dropped or moved fsync shows
 * here at once, as does a file touched that is none of ours.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { requirePart } from "../support/requirePart.ts"
import { installNames, run, searchPath } from "../support/runProgram.ts"

const traced = [
  "openat",
  "write",
  "pwrite64",
  "fsync",
  "fdatasync",
  "rename",
  "unlink",
  "connect",
  "exit_group"
]

/** One call that concerns the queue, as `verb what`. Names of files are cut down to their folder. */
const stepsOf = (log: string, queue: string): ReadonlyArray<string> =>
  log.split("\n").flatMap((line) => {
    const [, call = "", rest = ""] = /^\d+ +([a-z0-9_]+)\((.*)$/.exec(line) ?? []
    if (call === "exit_group") return [`exit ${rest.split(")")[0]}`]
    if (call === "connect" && rest.includes("AF_INET")) return ["connect"]
    if (!rest.includes(`${queue}/`)) return []
    const folders = [...rest.matchAll(new RegExp(`${queue}/(tmp|q|st|run|VERSION|reserve)(/?)`, "g"))].map(
      ([, folder = "", slash]) => `${folder}${slash === "/" ? "/*" : ""}`
    )
    if (call === "openat") return rest.includes("O_CREAT") ? [`create ${folders[0]}`] : []
    return [`${call.replace(/^pwrite64$/, "write")} ${folders.join(" → ")}`]
  })

/** What a program, run in `home`, does to the queue. */
const audited = (home: string, name: string, args: ReadonlyArray<string>, stdin = "") =>
  Effect.gen(function* () {
    const bin = installNames(home)
    const log = path.join(home, "strace.log")
    const result = yield* run({
      file: "strace",
      args: [
        ...["-f", "-y", "-qq", "-s", "0", "-o", log, "-e", `trace=${traced.join(",")}`],
        ...[path.join(bin, name), ...args]
      ],
      stdin,
      env: { HOME: home, PATH: searchPath(bin), UV_USE_IO_URING: "0", UV_THREADPOOL_SIZE: "1" }
    })
    assert.deepStrictEqual([result.status, result.stderr], [0, ""])
    return stepsOf(fs.readFileSync(log, "utf8"), path.join(home, "queue")).filter((step) =>
      /^(?:write|fsync|fdatasync|rename|unlink|exit|connect)/.test(step)
    )
  })

const accept = (home: string) =>
  audited(home, "sendmail", ["-odq", "-f", "ada@example.org", "bob@example.net"], "Subject: hi\n\nbody\n")

describe.runIf(requirePart("strace", "/usr/bin/strace"))("L9: accepting a message", () => {
  it.scopedLive(
    "P1: is write, fsync, rename, fsync of the folder, and only then exit 0; no more syncs than these",
    () =>
      Effect.gen(function* () {
        const home = yield* makeHome({ hostname: "127.0.0.1:1", queue_dir: "~/queue" })
        yield* accept(home)
        assert.deepStrictEqual(yield* accept(home), [
          "write tmp/*",
          "fsync tmp/*",
          "rename tmp/* → q/*",
          "fsync q",
          "rename q/* → q/*",
          "exit 0"
        ])
      })
  )

  it.scopedLive(
    "P3: delivering is to record the try before the connection, each result after it, and only then to let go",
    () =>
      Effect.gen(function* () {
        const relay = yield* startEmbeddedRelay({ security: "plain" })
        const home = yield* makeHome({
          hostname: `127.0.0.1:${relay.port}`,
          tls: "disabled",
          queue_dir: "~/queue"
        })
        // The first delivery makes the reserve.
        yield* accept(home)
        yield* audited(home, "deliver", [])
        yield* accept(home)
        const steps = yield* audited(home, "deliver", [])
        assert.deepStrictEqual(
          steps.filter((step) => !/ run\//.test(step) && !step.startsWith("exit")),
          [
            "rename q/* → q/*",
            "write st/*",
            "fsync st/*",
            "fsync st",
            "connect",
            "write st/*",
            "fsync st/*",
            "unlink q/*",
            "fsync q",
            "unlink st/*"
          ]
        )
        assert.strictEqual(relay.messages.length, 2)
      })
  )
})
