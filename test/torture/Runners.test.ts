/** P4 with the built program: several runners at once, a runner that is stopped and goes on, one that is woken. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { installNames, run, searchPath } from "../support/runProgram.ts"
import { writeFiles } from "../support/TempDir.ts"

/**
 * An MDA that notes each message and its runner, and tells when a message is already on its way elsewhere. It waits while
 * there is a file `wait`.
 */
const sinkScript = `#!/bin/sh
part=$(mktemp "$HOME/part.XXXXXX") && cat >"$part" || exit 75
number=$(sed -n 's/^Subject: number \\([0-9]*\\).*/\\1/p' "$part" | head -1)
mkdir "$HOME/sending.$number" || echo "twice $number" >>"$HOME/log"
touch "$HOME/begun.$number"
while test -e "$HOME/wait"; do sleep 0.05; done
echo "sent $number by $PPID" >>"$HOME/log"
rmdir "$HOME/sending.$number"
`

const makeMachine = Effect.gen(function* () {
  const home = yield* makeHome({ hostname: "127.0.0.1:1" })
  writeFiles(home, { "sink.sh": sinkScript, log: "" })
  fs.appendFileSync(path.join(home, ".esmtprc"), `mda = "/bin/sh ${home}/sink.sh"\n`)
  const bin = installNames(home)
  return { home, bin, env: { HOME: home, PATH: searchPath(bin) } }
})

type Machine = Effect.Effect.Success<typeof makeMachine>

const program = ({ bin, env }: Machine, name: string, args: ReadonlyArray<string>, stdin = "") =>
  run({ file: path.join(bin, name), args, stdin, env, timeoutMillis: 60_000 })

const submit = (machine: Machine, mode: string, number: number) =>
  Effect.map(program(machine, "sendmail", [mode, "joe"], `Subject: number ${number}\n\nhi\n`), ({ status }) =>
    assert.strictEqual(status, 0)
  )

const logOf = ({ home }: Machine) => fs.readFileSync(path.join(home, "log"), "utf8").trim().split("\n")

const numbersIn = (machine: Machine) =>
  logOf(machine)
    .map((line) => /^sent (\d+) by/.exec(line)?.[1] ?? line)
    .sort((one, other) => Number(one) - Number(other))

const until = (holds: () => boolean) =>
  Effect.sync(holds).pipe(Effect.delay("20 millis"), Effect.repeat({ until: (held) => held }), Effect.asVoid)

const isEmpty = ({ home }: Machine) => fs.readdirSync(path.join(home, ".esmtp_queue/q")).length === 0

describe("runners side by side", () => {
  it.scopedLive("P4: three that start at once deliver each message once", () =>
    Effect.gen(function* () {
      const machine = yield* makeMachine
      const numbers = Array.from({ length: 9 }, (_, number) => number)
      yield* Effect.forEach(numbers, (number) => submit(machine, "-odq", number))
      yield* Effect.forEach([1, 2, 3], () => program(machine, "deliver", []), { concurrency: "unbounded" })
      // What one of them held, another may have passed over.
      assert.strictEqual((yield* program(machine, "deliver", [])).status, 0)
      assert.deepStrictEqual(numbersIn(machine), numbers.map(String))
    })
  )

  it.scopedLive(
    "P1 P4: a runner that is stopped while others deliver goes on where it was, and repeats nothing",
    () =>
      Effect.gen(function* () {
        const machine = yield* makeMachine
        yield* submit(machine, "-odq", 1)
        fs.writeFileSync(path.join(machine.home, "wait"), "")
        const runner = yield* Effect.acquireRelease(
          Effect.sync(() =>
            spawn(path.join(machine.bin, "deliver"), [], { env: machine.env, stdio: "ignore" })
          ),
          (child) => Effect.sync(() => child.kill("SIGKILL"))
        )
        yield* until(() => fs.existsSync(path.join(machine.home, "begun.1")))
        runner.kill("SIGSTOP")
        fs.rmSync(path.join(machine.home, "wait"))
        yield* submit(machine, "-odq", 2)
        assert.strictEqual((yield* program(machine, "deliver", [])).status, 75)
        assert.deepStrictEqual(numbersIn(machine), ["1", "2"])
        const ended = new Promise((resolve) => runner.once("exit", resolve))
        runner.kill("SIGCONT")
        yield* Effect.promise(() => ended)
        assert.strictEqual((yield* program(machine, "deliver", [])).status, 0)
        assert.deepStrictEqual(numbersIn(machine), ["1", "2"])
        assert.isTrue(isEmpty(machine))
      })
  )

  it.scopedLive("P1: new mail wakes the runner that is there instead of starting another", () =>
    Effect.gen(function* () {
      const machine = yield* makeMachine
      fs.writeFileSync(path.join(machine.home, "wait"), "")
      yield* submit(machine, "-odb", 1)
      yield* until(() => fs.existsSync(path.join(machine.home, "begun.1")))
      yield* submit(machine, "-odb", 2)
      fs.rmSync(path.join(machine.home, "wait"))
      yield* until(() => logOf(machine).length === 2)
      const runners = new Set(logOf(machine).map((line) => line.split(" by ")[1]))
      assert.strictEqual(runners.size, 1, logOf(machine).join())
      yield* until(() => isEmpty(machine) && fs.existsSync(path.join(machine.home, ".esmtp_queue/run/idle")))
    })
  )
})
