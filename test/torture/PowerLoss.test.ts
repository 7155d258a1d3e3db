/**
 * L3: the power goes before every system call of the built program that changes the spool, on a real file system; and
 * L7: the same is noticed when the program does not sync.
 *
 * A point in time is reached by SIGKILL at the n-th call of a kind; then the file system is cut off from its disk. What
 * was not synced is gone. The relay is an MDA that keeps its files elsewhere, on a disk that remembers.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { findProgram, requirePart } from "../support/requirePart.ts"
import { installNames, run, searchPath } from "../support/runProgram.ts"
import { writeFiles } from "../support/TempDir.ts"
import { canLosePower, type FileSystem, makeDisk } from "./powerLoss.ts"

const isLong = process.env["ESMTP_TORTURE"] === "1"

const hasParts = [
  requirePart("strace", "/usr/bin/strace"),
  requirePart("python3", "python3"),
  requirePart("mkfs.ext4", "mkfs.ext4")
].every((isThere) => isThere)

/** Loop devices are no package that could be installed: a machine has them or not. The long run must have them. */
const canRun = async (kind: FileSystem): Promise<boolean> => {
  if (hasParts && (await canLosePower(kind))) return true
  if (isLong && kind === "ext4")
    throw new Error("loss of power can't be simulated here: root and loop devices needed")
  process.stderr.write(
    `\n*** SKIPPED: loss of power on ${kind}, which needs root, loop devices and mkfs ***\n\n`
  )
  return false
}

const kinds: ReadonlyArray<FileSystem> =
  isLong && findProgram("mkfs.xfs") !== undefined ? ["ext4", "xfs"] : ["ext4"]

/** Calls before which the power goes, and how often each is made at most in the quick run. */
const steps: ReadonlyArray<readonly [call: string, most: number]> = isLong
  ? [
      ["fsync", 40],
      ["rename", 40],
      ["pwrite64", 40],
      ["unlink", 40],
      ["mkdir", 40],
      ["ftruncate", 40],
      ["utimensat", 40],
      ["exit_group", 1]
    ]
  : [
      ["fsync", 8],
      ["rename", 2],
      ["exit_group", 1]
    ]

/** Refuses for good what carries `X-Refuse` in its header. */
const sinkScript = `#!/bin/sh
part=$(mktemp "$1/part.XXXXXX") && cat >"$part" || exit 75
if sed '/^\\r*$/q' "$part" | grep -q '^X-Refuse'; then rm "$part"; exit 67; fi
mv "$part" "$1/done.\${part##*.}"
`

const makeMachine = (kind: FileSystem) =>
  Effect.gen(function* () {
    const home = yield* makeHome({ hostname: "127.0.0.1:1", queue_dir: "~/disk/queue" })
    const disk = yield* makeDisk(kind, home)
    const sink = path.join(home, "sink")
    fs.mkdirSync(sink)
    writeFiles(home, { "sink.sh": sinkScript })
    fs.appendFileSync(path.join(home, ".esmtprc"), `mda = "/bin/sh ${home}/sink.sh ${sink}"\n`)
    const bin = installNames(home)
    const env = { HOME: home, PATH: searchPath(bin), UV_USE_IO_URING: "0", UV_THREADPOOL_SIZE: "1" }
    return { home, disk, sink, bin, env }
  })

type Machine = Effect.Effect.Success<ReturnType<typeof makeMachine>>

interface Command {
  readonly name: string
  readonly args: ReadonlyArray<string>
  readonly stdin?: string
}

const program = (
  machine: Machine,
  { args, name, stdin = "" }: Command,
  wrapper: ReadonlyArray<string> = []
) => {
  const [file = "", ...rest] = [...wrapper, path.join(machine.bin, name), ...args]
  return run({ file, args: rest, stdin, env: machine.env, timeoutMillis: 60_000 })
}

/** Runs until the n-th `call`, and loses the power there. `isHit`: there was such a call. */
const until = (machine: Machine, call: string, number: number, command: Command) =>
  Effect.gen(function* () {
    const log = path.join(machine.home, "strace.log")
    const { status } = yield* program(machine, command, [
      ...["strace", "-f", "-qq", "-o", log, "-e", `trace=${call}`],
      ...["-e", `inject=${call}:signal=SIGKILL:when=${number}`]
    ])
    yield* machine.disk.losePower
    return { status, isHit: fs.readFileSync(log, "utf8").includes("killed by SIGKILL") }
  })

const arrivals = (machine: Machine, pattern: RegExp): number =>
  fs
    .readdirSync(machine.sink)
    .filter((name) => name.startsWith("done."))
    .filter((name) => pattern.test(fs.readFileSync(path.join(machine.sink, name), "utf8"))).length

const mail = (body: string, header = "") => `Subject: hi\n${header}\n${body}\n`

const submit = (body: string, header?: string): Command => ({
  name: "sendmail",
  args: ["-odq", "-f", "ada", "joe"],
  stdin: mail(body, header)
})

const deliver: Command = { name: "deliver", args: [] }

/** P5: whatever came back was whole, and is gone now. */
const settle = (machine: Machine, what: string) =>
  Effect.gen(function* () {
    const { status, stderr } = yield* program(machine, deliver)
    assert.strictEqual(status, 0, `${what}: ${stderr}`)
    for (const folder of ["q", "tmp", "bad", "dead"]) {
      assert.deepStrictEqual(fs.readdirSync(path.join(machine.disk.directory, "queue", folder)), [], what)
    }
  })

const queueInUse = (machine: Machine) =>
  Effect.gen(function* () {
    assert.strictEqual((yield* program(machine, submit("first"))).status, 0)
    yield* settle(machine, "first")
    // Whatever is still unwritten here must not make the first steps look safer than they are.
    yield* machine.disk.losePower
  })

const atEveryStep = (scenario: (call: string, number: number) => Effect.Effect<boolean, unknown>) =>
  Effect.gen(function* () {
    let points = 0
    for (const [call, most] of steps) {
      for (let number = 1; number <= most; number++) {
        if (!(yield* scenario(call, number))) break
        points++
      }
    }
    return points
  })

for (const kind of kinds) {
  describe.runIf(await canRun(kind))(`L3: loss of power on ${kind}`, () => {
    it.scopedLive(
      "P1 P2 P5: whatever sendmail was told is safe is there when the power is back, once, and nothing in part",
      () =>
        Effect.gen(function* () {
          const machine = yield* makeMachine(kind)
          yield* queueInUse(machine)
          const points = yield* atEveryStep((call, number) =>
            Effect.gen(function* () {
              const body = `accepted ${call} ${number}`
              const { isHit, status } = yield* until(machine, call, number, submit(body))
              yield* settle(machine, body)
              const count = arrivals(machine, new RegExp(`\\n${body}\\n`))
              if (status === 0 || call === "exit_group") assert.strictEqual(count, 1, body)
              assert.isAtMost(count, 1, body)
              return isHit
            })
          )
          assert.isAtLeast(points, 5)
        }),
      isLong ? 900_000 : 120_000
    )

    it.scopedLive(
      "P1 P3 P8: a delivery is repeated only where its record was not safe; of a refusal its sender is told, always",
      () =>
        Effect.gen(function* () {
          const machine = yield* makeMachine(kind)
          yield* queueInUse(machine)
          const repeated: Array<string> = []
          yield* atEveryStep((call, number) =>
            Effect.gen(function* () {
              const what = `${call} ${number}`
              yield* program(machine, submit(`delivered ${what}`))
              yield* program(machine, submit(`refused ${what}`, "X-Refuse: yes\n"))
              const { isHit } = yield* until(machine, call, number, deliver)
              yield* settle(machine, what)
              const delivered = arrivals(machine, new RegExp(`\\ndelivered ${what}\\n`))
              const told = arrivals(machine, new RegExp(`multipart/report[^]*\\nrefused ${what}\\n`))
              for (const count of [delivered, told]) {
                assert.isAtLeast(count, 1, what)
                assert.isAtMost(count, 2, what)
              }
              if (delivered > 1) repeated.push(what)
              return isHit
            })
          )
          // At each of the calls that write and sync the record, once.
          assert.isAtMost(repeated.length, isLong ? 2 : 1, repeated.join())
        }),
      isLong ? 1_800_000 : 120_000
    )

    it.scopedLive.runIf(requirePart("eatmydata", "/usr/bin/eatmydata"))(
      "L7: without syncs a message that was accepted is lost, and this is seen",
      () =>
        Effect.gen(function* () {
          const machine = yield* makeMachine(kind)
          yield* queueInUse(machine)
          const { status } = yield* program(machine, submit("unsynced"), ["eatmydata"])
          assert.strictEqual(status, 0)
          yield* machine.disk.losePower
          yield* program(machine, deliver)
          assert.strictEqual(arrivals(machine, /\nunsynced\n/), 0)
        })
    )
  })
}
