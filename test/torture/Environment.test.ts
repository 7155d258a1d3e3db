/** L6: real full disks, wrong clocks and file size limits upon the built program; and a listing of a very long queue. */
import { execFileSync, spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { requirePart } from "../support/requirePart.ts"
import { installNames, run, searchPath } from "../support/runProgram.ts"

const makeMachine = (statements: Readonly<Record<string, string>>) =>
  Effect.map(makeHome({ hostname: "127.0.0.1:1", queue_dir: "~/disk/queue", ...statements }), (home) => {
    fs.mkdirSync(path.join(home, "disk"), { mode: 0o700 })
    const bin = installNames(home)
    return { home, bin, env: { HOME: home, PATH: searchPath(bin) } }
  })

type Machine = Effect.Effect.Success<ReturnType<typeof makeMachine>>

const shell = (machine: Machine, command: string, stdin = "", env: Readonly<Record<string, string>> = {}) =>
  run({
    file: "/bin/sh",
    args: ["-c", command],
    stdin,
    env: { ...machine.env, ...env },
    timeoutMillis: 60_000
  })

const listed = (machine: Machine, env: Readonly<Record<string, string>> = {}) =>
  Effect.map(
    shell(machine, "mailq --json", "", env),
    ({ stdout }): ReadonlyArray<{ state: string; lastError?: string }> =>
      stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)]))
  )

const message = (size: number) => `Subject: hi\n\n${"x".repeat(size)}\n`

const canMount = () => process.getuid?.() === 0

/** A file system of its own, unmounted with the scope. */
const smallDisk = (machine: Machine, size: string) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      execFileSync("mount", [
        "-t",
        "tmpfs",
        "-o",
        `size=${size},mode=0700`,
        "tmpfs",
        path.join(machine.home, "disk")
      ])
    ),
    () => Effect.sync(() => execFileSync("umount", [path.join(machine.home, "disk")]))
  )

describe("L6: the environment", () => {
  it.scopedLive.runIf(canMount())(
    "P2 P6: on a full disk new mail is refused for now, and what is queued can be listed",
    () =>
      Effect.gen(function* () {
        const machine = yield* makeMachine({})
        yield* smallDisk(machine, "512k")
        const statuses: Array<number | undefined> = []
        for (let count = 0; count < 12; count++) {
          statuses.push(
            (yield* shell(machine, "sendmail -odq -f ada@example.org bob@example.net", message(60_000)))
              .status
          )
        }
        const accepted = statuses.filter((status) => status === 0).length
        assert.isAbove(accepted, 0)
        assert.isBelow(accepted, 12)
        for (const status of statuses) assert.include([0, 75], status)
        fs.writeFileSync(path.join(machine.home, "disk/fill"), "")
        // To the very last octet: nothing can be written any more.
        yield* shell(machine, 'dd if=/dev/zero of="$HOME/disk/fill" bs=1k 2>/dev/null')
        assert.strictEqual((yield* listed(machine)).length, accepted)
        assert.deepStrictEqual(fs.readdirSync(path.join(machine.home, "disk/queue/tmp")), [])
      })
  )

  it.scopedLive("P2: a file size limit is an error like any other, not the end of the process", () =>
    Effect.gen(function* () {
      const machine = yield* makeMachine({})
      yield* shell(machine, "sendmail -odq -f ada@example.org bob@example.net", message(10))
      const result = yield* shell(
        machine,
        "ulimit -f 16; sendmail -odq -f ada@example.org bob@example.net",
        message(100_000)
      )
      assert.include([73, 74, 75], result.status)
      assert.strictEqual((yield* listed(machine)).length, 1)
      assert.deepStrictEqual(fs.readdirSync(path.join(machine.home, "disk/queue/tmp")), [])
    })
  )

  it.scopedLive.runIf(requirePart("faketime", "/usr/bin/faketime"))(
    "P7: a clock 40 days ahead expires nothing, one 10 years behind freezes nothing",
    () =>
      Effect.gen(function* () {
        const machine = yield* makeMachine({ retry_schedule: "1h" })
        yield* shell(machine, "sendmail -odq -f ada@example.org bob@example.net", message(10))
        yield* shell(machine, "deliver")
        yield* shell(machine, "faketime -f +40d deliver")
        const [ahead] = yield* listed(machine)
        assert.strictEqual(ahead?.state, "queued")
        // The next try was set by the clock that was ahead; for the right one it has come long ago.
        const dueNow = yield* shell(machine, "mailq")
        assert.include(dueNow.stdout, "due now")
        yield* shell(machine, "faketime -f -10y deliver")
        assert.strictEqual((yield* listed(machine))[0]?.state, "queued")
        const behind = yield* shell(machine, "faketime -f -10y mailq")
        assert.include(behind.stdout, "clock moved")
      })
  )

  it.scopedLive("P1: a stopped runner keeps what it holds, and nobody else waits for it", () =>
    Effect.gen(function* () {
      const machine = yield* makeMachine({})
      fs.writeFileSync(
        path.join(machine.home, "mda.sh"),
        'cat >/dev/null; test -e "$HOME/hang" && sleep 300; echo done >>"$HOME/log"\n'
      )
      fs.appendFileSync(path.join(machine.home, ".esmtprc"), `mda = "/bin/sh ${machine.home}/mda.sh"\n`)
      fs.writeFileSync(path.join(machine.home, "hang"), "")
      yield* shell(machine, "sendmail -odq joe", message(10))
      const runner = yield* Effect.acquireRelease(
        Effect.sync(() =>
          spawn(path.join(machine.bin, "deliver"), [], { env: machine.env, stdio: "ignore", detached: true })
        ),
        (child) => Effect.sync(() => child.pid !== undefined && process.kill(-child.pid, "SIGKILL"))
      )
      const isActive = Effect.map(listed(machine), ([entry]) => entry?.state === "active")
      yield* isActive.pipe(Effect.repeat({ until: (active) => active, times: 50 }))
      runner.kill("SIGSTOP")
      fs.rmSync(path.join(machine.home, "hang"))
      yield* shell(machine, "sendmail -odq joe", message(20))
      yield* shell(machine, "deliver")
      assert.deepStrictEqual(
        (yield* listed(machine)).map(({ state }) => state),
        ["active"]
      )
      assert.strictEqual(fs.readFileSync(path.join(machine.home, "log"), "utf8"), "done\n")
    })
  )

  it.scopedLive(
    "mailq lists 100,000 entries in 3 s and 200 MB",
    () =>
      Effect.gen(function* () {
        const machine = yield* makeMachine({})
        yield* shell(machine, "sendmail -odq -f ada@example.org bob@example.net", message(10))
        const queue = path.join(machine.home, "disk/queue/q")
        const [id = ""] = fs.readdirSync(queue)
        const text = fs.readFileSync(path.join(queue, id), "utf8")
        const count = process.env["ESMTP_TORTURE"] === "1" ? 100_000 : 5000
        for (let number = 1; number < count; number++) {
          const other = id.slice(0, 18) + String(number).padStart(8, "0")
          fs.writeFileSync(path.join(queue, other), text.replace(id, other), { mode: 0o600 })
        }
        const began = Date.now()
        const script = `/usr/bin/env node -e '
        const { spawnSync } = require("node:child_process")
        const { stdout } = spawnSync("mailq", { maxBuffer: 2 ** 30 })
        process.stdout.write(stdout.toString().trimEnd().split("\\n").at(-1) + " " + process.resourceUsage().maxRSS)'`
        const result = yield* shell(machine, script)
        const seconds = (Date.now() - began) / 1000
        assert.match(result.stdout, new RegExp(`^${count} mails to deliver`))
        // A busy machine may take its time; the bound is for a quiet one, and is measured by the benchmark.
        assert.isBelow(seconds, count === 100_000 ? 12 : 5)
      }),
    240_000
  )
})
