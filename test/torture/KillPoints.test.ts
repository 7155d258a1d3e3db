/**
 * L2: the built program, killed at (and failed in) the n-th system call of each kind that changes the spool, for every n.
 *
 * One thread does all file calls (UV_THREADPOOL_SIZE=1), because strace counts for each thread apart. Node itself makes
 * none of these calls, so every one that is hit is ours. The relay is an MDA that keeps one file for each delivery.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { requirePart } from "../support/requirePart.ts"
import { installNames, run, searchPath } from "../support/runProgram.ts"
import { writeFiles } from "../support/TempDir.ts"

const calls = ["fsync", "rename", "pwrite64", "unlink", "mkdir", "fchmod", "ftruncate", "utimensat"]

const isLong = process.env["ESMTP_TORTURE"] === "1"

/** No scenario makes so many calls of a kind. */
const most = 40

const sinkScript = `#!/bin/sh
part=$(mktemp "$1/part.XXXXXX") && cat >"$part" && mv "$part" "$1/done.\${part##*.}"
`

const makeMachine = Effect.gen(function* () {
  const home = yield* makeHome({ hostname: "127.0.0.1:1", queue_dir: "~/queue" })
  const sink = path.join(home, "sink")
  fs.mkdirSync(sink)
  writeFiles(home, { "sink.sh": sinkScript })
  fs.appendFileSync(path.join(home, ".esmtprc"), `mda = "/bin/sh ${home}/sink.sh ${sink}"\n`)
  const bin = installNames(home)
  return {
    home,
    sink,
    env: { HOME: home, PATH: searchPath(bin), UV_USE_IO_URING: "0", UV_THREADPOOL_SIZE: "1" },
    bin
  }
})

type Machine = Effect.Effect.Success<typeof makeMachine>

const program = (machine: Machine, name: string, args: ReadonlyArray<string>, stdin = "") =>
  run({ file: path.join(machine.bin, name), args, stdin, env: machine.env, timeoutMillis: 60_000 })

/** Under strace, with `what` done at the n-th `call`. Its end is that of the program. */
const injected = (
  machine: Machine,
  call: string,
  what: string,
  name: string,
  args: ReadonlyArray<string>,
  stdin = ""
) =>
  Effect.gen(function* () {
    const log = path.join(machine.home, "strace.log")
    const result = yield* run({
      file: "strace",
      args: [
        "-f",
        "-qq",
        "-o",
        log,
        "-e",
        `trace=${call}`,
        "-e",
        `inject=${call}:${what}`,
        path.join(machine.bin, name),
        ...args
      ],
      stdin,
      env: machine.env,
      timeoutMillis: 60_000
    })
    const isHit = /killed by SIGKILL|\(INJECTED\)/.test(fs.readFileSync(log, "utf8"))
    return { status: result.status, isHit }
  })

const arrivals = (machine: Machine, body: string): number => {
  const isSame = (name: string) =>
    fs.readFileSync(path.join(machine.sink, name), "utf8").includes(`\n${body}\n`)
  return fs.readdirSync(machine.sink).filter((name) => name.startsWith("done.") && isSame(name)).length
}

const messageOf = (body: string) => `Subject: hi\n\n${body}\n`

const spoolIsEmpty = (machine: Machine) => {
  for (const folder of ["q", "tmp", "bad", "dead"]) {
    assert.deepStrictEqual(fs.readdirSync(path.join(machine.home, "queue", folder)), [], folder)
  }
}

/** For each call, at its first, second… occurrence, until there is none any more. Gives how many were hit. */
const atEveryCall = (scenario: (call: string, number: number) => Effect.Effect<boolean, unknown>) =>
  Effect.gen(function* () {
    let hits = 0
    for (const call of calls) {
      for (let number = 1; number < most; number++) {
        if (!(yield* scenario(call, number))) break
        hits++
      }
    }
    return hits
  })

describe.runIf(requirePart("strace", "/usr/bin/strace"))("L2: killed at every system call", () => {
  it.scopedLive.each(isLong ? ["in use", "that it has to make first"] : ["in use"])(
    "P1 P2: sendmail that ends with 0 has queued the whole message; killed, the whole or nothing, in a queue %s",
    (queue) =>
      Effect.gen(function* () {
        const machine = yield* makeMachine
        yield* program(machine, "sendmail", ["-odq", "joe"], messageOf("first"))
        yield* program(machine, "deliver", [])
        const hits = yield* atEveryCall((call, number) =>
          Effect.gen(function* () {
            const body = `${call} ${number}`
            if (queue !== "in use") fs.rmSync(path.join(machine.home, "queue"), { recursive: true })
            const { status, isHit } = yield* injected(
              machine,
              call,
              `signal=SIGKILL:when=${number}`,
              "sendmail",
              ["-odq", "joe"],
              messageOf(body)
            )
            assert.strictEqual((yield* program(machine, "deliver", [])).status, 0)
            const count = arrivals(machine, body)
            if (status === 0) assert.strictEqual(count, 1, body)
            assert.isAtMost(count, 1, body)
            spoolIsEmpty(machine)
            return isHit
          })
        )
        assert.isAtLeast(hits, queue === "in use" ? 5 : 15)
      }),
    300_000
  )

  it.scopedLive(
    "P2: sendmail that a failing call stops says 75 or another error, and has queued nothing",
    () =>
      Effect.gen(function* () {
        const machine = yield* makeMachine
        yield* program(machine, "sendmail", ["-odq", "joe"], messageOf("first"))
        yield* program(machine, "deliver", [])
        const faults = [
          ["fsync", "error=EIO:when=1"],
          ["fsync", "error=EIO:when=2"],
          ["rename", "error=EIO:when=1"],
          ["pwrite64", "error=ENOSPC:when=1"]
        ] as const
        for (const [call, what] of faults) {
          const { status, isHit } = yield* injected(
            machine,
            call,
            what,
            "sendmail",
            ["-odq", "joe"],
            messageOf(what)
          )
          assert.isTrue(isHit, what)
          assert.include([73, 74, 75], status, what)
          assert.strictEqual((yield* program(machine, "deliver", [])).status, 0)
          assert.strictEqual(arrivals(machine, what), 0, `${call} ${what}`)
          spoolIsEmpty(machine)
        }
      }),
    120_000
  )

  it.scopedLive(
    "P1 P3: a runner killed anywhere delivers at least once, and at most once more than it was killed",
    () =>
      Effect.gen(function* () {
        const machine = yield* makeMachine
        const hits = yield* atEveryCall((call, number) =>
          Effect.gen(function* () {
            const body = `deliver ${call} ${number}`
            yield* program(machine, "sendmail", ["-odq", "joe"], messageOf(body))
            const { isHit } = yield* injected(machine, call, `signal=SIGKILL:when=${number}`, "deliver", [])
            assert.strictEqual((yield* program(machine, "deliver", [])).status, 0)
            const count = arrivals(machine, body)
            assert.isAtLeast(count, 1, body)
            assert.isAtMost(count, isHit ? 2 : 1, body)
            spoolIsEmpty(machine)
            return isHit
          })
        )
        assert.isAtLeast(hits, 8)
      }),
    600_000
  )
})
