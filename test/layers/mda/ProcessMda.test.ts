import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import { MessageError } from "../../../src/domain/mail/MessageError.ts"
import * as Limits from "../../../src/domain/mda/Limits.ts"
import { MdaFailed } from "../../../src/domain/mda/MdaError.ts"
import * as ProcessMda from "../../../src/layers/mda/ProcessMda.ts"
import { MdaRunner } from "../../../src/services/MdaRunner.ts"
import type { Message } from "../../../src/services/Message.ts"
import {
  type MakeBench,
  type MdaBehaviour,
  mdaRunnerContract,
  type TakenMail
} from "../../contract/mdaRunner.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import {
  configOf,
  isAlive,
  messageOf,
  program,
  recorded,
  recordedList,
  recorder,
  systemOf,
  Watched,
  watching
} from "./household.ts"

/** Numbered directories below `directory`, one a run, complete when the message is. */
const takingLines = (directory: string): ReadonlyArray<string> => [
  `cd '${directory}' && run=$(mktemp -d run.XXXXXX) || exit 99`,
  'cat > "$run/stdin" || exit 98',
  'for argument; do printf \'%s\\0\' "$argument"; done > "$run/argv"',
  'echo "$run" >> runs'
]

const behaviourLines = (behaviour: MdaBehaviour, directory: string): ReadonlyArray<string> => {
  switch (behaviour._tag) {
    case "Takes":
      return takingLines(directory)
    case "Exits":
      return [
        behaviour.isReading ? "cat > /dev/null" : ":",
        `printf '%s\\n' '${behaviour.prints ?? ""}' >&2`,
        `exit ${behaviour.status}`
      ]
    case "Dies":
      return [`kill -${behaviour.signal.slice(3)} $$`]
    case "Hangs":
      return ["sleep 600"]
    case "Absent":
      return []
  }
}

const takenIn = (directory: string): ReadonlyArray<TakenMail> => {
  if (!fs.existsSync(path.join(directory, "runs"))) return []
  return recorded(directory, "runs")
    .trimEnd()
    .split("\n")
    .map((run) => {
      const [, sender = "", , ...recipients] = recordedList(path.join(directory, run), "argv")
      return { sender, recipients, text: recorded(path.join(directory, run), "stdin") }
    })
}

const layerOf = (directory: string, mda: string | undefined, forceMda?: string, timeoutMillis = 10_000) =>
  ProcessMda.layer({ env: { LANG: "C.UTF-8", NODE_OPTIONS: "--inspect" }, timeoutMillis }).pipe(
    Layer.provide(configOf(mda, forceMda)),
    Layer.provide(systemOf(directory)),
    Layer.provideMerge(watching)
  )

const bench =
  (template: (file: string) => string): MakeBench =>
  (behaviour, options) =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", behaviourLines(behaviour, directory))
      const mda = behaviour._tag === "Absent" ? undefined : template(file)
      const timeoutMillis = behaviour._tag === "Hangs" ? 200 : 10_000
      return {
        layer: layerOf(directory, mda, options?.forceMda, timeoutMillis),
        taken: Effect.sync(() => takenIn(directory))
      }
    })

mdaRunnerContract(
  "ProcessMda without a shell",
  bench((file) => `${file} -f %F -d %T`)
)
mdaRunnerContract(
  "ProcessMda with a shell",
  bench((file) => `true; exec ${file} -f %F -d %T`)
)

const deliver = (
  recipients: ReadonlyArray<string>,
  message: Message = messageOf("Hello\r\n"),
  sender = "me@x.example"
) =>
  Effect.gen(function* () {
    const mda = yield* MdaRunner
    return yield* mda.deliver(Mailbox(sender), recipients.map(Mailbox), message)
  })

const isMdaFailed = (error: { readonly message: string }): error is MdaFailed => error instanceof MdaFailed

const mdaFailure = (recipients: ReadonlyArray<string>, message?: Message) =>
  Effect.filterOrElse(Effect.flip(deliver(recipients, message)), isMdaFailed, (error) =>
    Effect.dieMessage(error.message)
  )

describe("ProcessMda", () => {
  it.scopedLive("round-trips any recipient and sender through the argument list (L4)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = recorder(directory)
      const anyBytes = FastCheck.uint8Array({ min: 1, minLength: 1, maxLength: 30 })
        .map((bytes) => Buffer.from(bytes).toString("latin1"))
        .filter((text) => !text.startsWith("-"))
      const samples = FastCheck.sample(
        FastCheck.tuple(anyBytes, FastCheck.array(anyBytes, { minLength: 1 })),
        40
      )
      yield* Effect.forEach(samples, ([sender, recipients]) =>
        Effect.gen(function* () {
          yield* deliver(recipients, messageOf("x\r\n"), sender)
          assert.deepStrictEqual(recordedList(directory, "argv"), ["-f", sender, "-d", ...recipients])
        })
      ).pipe(Effect.provide(layerOf(directory, `${file} -f %F -d %T`)))
    })
  )

  it.scopedLive("runs nothing of what an address says (L4)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = recorder(directory)
      const marker = path.join(directory, "marker")
      const hostile = [
        "`touch M`",
        "$(touch M)",
        ";touch M",
        "&&touch M",
        "|touch M",
        "a\ntouch M\n",
        "'; touch M; '"
      ]
      const recipients = hostile.map((text) => text.replaceAll("M", marker))
      for (const mda of [
        `${file} %T`,
        `true; ${file} %T`,
        `${file} %T | cat`,
        `${file} '%T'`,
        `true; ${file} "%T"`
      ]) {
        yield* deliver(recipients).pipe(Effect.provide(layerOf(directory, mda)))
        assert.deepStrictEqual(recordedList(directory, "argv"), recipients)
      }
      assert.isFalse(fs.existsSync(marker))
    })
  )

  it.scopedLive("gives the MDA a fixed environment and a private umask, at home (L7, L8)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = recorder(directory)
      yield* deliver(["bob"]).pipe(Effect.provide(layerOf(directory, `${file} %T`)))
      const shellsOwn = /^(?:PWD|OLDPWD|_|SHLVL)=/
      assert.deepStrictEqual(
        recordedList(directory, "env")
          .filter((variable) => !shellsOwn.test(variable))
          .toSorted(),
        [
          `HOME=${directory}`,
          "LANG=C.UTF-8",
          "LOGNAME=joe",
          "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
          "RECIPIENT=bob",
          "SENDER=me@x.example",
          "SHELL=/bin/sh",
          "USER=joe"
        ]
      )
      assert.strictEqual(recorded(directory, "umask").trim(), "0077")
      assert.strictEqual(recorded(directory, "cwd"), directory)
    })
  )

  it.scopedLive("works at / where there is no home", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = recorder(directory)
      yield* deliver(["bob"]).pipe(Effect.provide(layerOf(path.join(directory, "missing"), `${file} %T`)))
      assert.strictEqual(recorded(directory, "cwd"), "/")
    })
  )

  it.scopedLive("takes an argument of 64 KiB, and says so where a list is too long (L4)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = recorder(directory)
      yield* Effect.gen(function* () {
        yield* deliver(["x".repeat(65_536)])
        assert.strictEqual(recordedList(directory, "argv")[0]?.length, 65_536)
        const error = yield* mdaFailure([
          "x".repeat(65_536),
          ...Array.from({ length: 100 }, () => "y".repeat(100_000))
        ])
        assert.include(error.message, "too long")
      }).pipe(Effect.provide(layerOf(directory, `${file} %T`)))
    })
  )

  it.scopedLive("streams a large message without holding it", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", [`wc -c > '${directory}/count'`])
      const line = new TextEncoder().encode(`${"x".repeat(1022)}\r\n`)
      const body = Stream.repeatValue(line).pipe(Stream.take(20_000))
      yield* deliver(["joe"], messageOf(body)).pipe(Effect.provide(layerOf(directory, file)))
      const header = "Subject: test\nTo: joe\n\n".length
      assert.strictEqual(Number(recorded(directory, "count")), header + 20_000 * 1023)
    })
  )

  it.scopedLive("keeps 4 KiB of what is printed, and reads the rest away", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", ["cat > /dev/null", "yes | head -c 1000000", "exit 70"])
      const error = yield* mdaFailure(["joe"]).pipe(Effect.provide(layerOf(directory, file)))
      assert.deepStrictEqual(
        [error.output?.length, error.end],
        [Limits.outputBytes, { _tag: "Exited", status: 70 }]
      )
    })
  )

  it.scopedLive("ends the whole process group when time is up, also a child that ignores TERM (L19)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", [
        `(trap '' TERM; echo $$ > '${directory}/leader'; sh -c 'echo $$ > "${directory}/child"; exec sleep 600') & wait`
      ])
      const error = yield* mdaFailure(["joe"]).pipe(Effect.provide(layerOf(directory, file, undefined, 1000)))
      assert.deepStrictEqual(error.end, { _tag: "TimedOut", afterMillis: 1000 })
      const pids = ["leader", "child"].map((name) => Number(recorded(directory, name)))
      assert.deepStrictEqual(pids.map(isAlive), [false, false])
    })
  )

  it.scopedLive("does not start an MDA before all of the message is there", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", [`touch '${directory}/started'`, ...takingLines(directory)])
      const unreadable = new MessageError({ reason: "Unreadable", detail: "disk error" })
      const half = Stream.make(new TextEncoder().encode("half\r\n"))
      const body = Stream.concat(half, Stream.fail(unreadable))
      const error = yield* Effect.flip(deliver(["joe"], messageOf(body))).pipe(
        Effect.provide(layerOf(directory, file))
      )
      assert.strictEqual(String(error), String(unreadable))
      assert.isFalse(fs.existsSync(path.join(directory, "started")))
    })
  )

  it.scopedLive("ends the whole process group when it is interrupted (L16)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", [
        `echo $$ > '${directory}/leader.part'; mv '${directory}/leader.part' '${directory}/leader'`,
        "cat > /dev/null; sleep 600 | cat"
      ])
      const fiber = yield* Effect.fork(deliver(["joe"]).pipe(Effect.provide(layerOf(directory, file))))
      while (!fs.existsSync(path.join(directory, "leader"))) yield* Effect.sleep(10)
      yield* Fiber.interrupt(fiber)
      assert.isFalse(isAlive(Number(recorded(directory, "leader"))))
    })
  )

  it.scopedLive("gives an input that can be opened by its name, whatever the umask (L8)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const taken = path.join(directory, "taken")
      const file = program(directory, "mda", [
        `cat /dev/stdin > '${taken}' && head -n 1 < /dev/stdin >> '${taken}'`
      ])
      const umask = process.umask(0o777)
      yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(umask)))
      yield* deliver(["joe"]).pipe(Effect.provide(layerOf(directory, file)))
      process.umask(umask)
      assert.strictEqual(fs.readFileSync(taken, "utf8").split("\n")[0], "Subject: test")
      assert.match(fs.readFileSync(taken, "utf8"), /\nSubject: test\n$/)
    })
  )

  it.scopedLive("is not held up by what the MDA leaves running", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", ["cat > /dev/null", `sleep 600 & echo $! > '${directory}/left'`])
      yield* deliver(["joe"]).pipe(Effect.provide(layerOf(directory, file)))
      const left = Number(recorded(directory, "left"))
      assert.isTrue(isAlive(left))
      process.kill(left)
    })
  )

  it.scopedLive("is not held up by an MDA that closes its input and goes on", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", ["exec <&-", "sleep 0.1", "exit 3"])
      const body = Stream.repeatValue(new Uint8Array(65_536)).pipe(Stream.take(64))
      const error = yield* mdaFailure(["joe"], messageOf(body)).pipe(Effect.provide(layerOf(directory, file)))
      assert.deepStrictEqual(error.end, { _tag: "Exited", status: 3 })
    })
  )

  const notStarted: ReadonlyArray<readonly [string, string]> = [
    ["/nonexistent/mda %T", "program not found"],
    ["no-such-program-of-esmtp %T", "program not found"],
    ["/etc/passwd %T", "may not be executed"],
    ["mda 'unclosed", "not closed"],
    ["%T", "taken from an address"]
  ]

  it.scopedLive.each(notStarted)("says why it could not start %j", ([mda, why]) =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const error = yield* mdaFailure(["joe"]).pipe(Effect.provide(layerOf(directory, mda)))
      assert.strictEqual(error.end?._tag, "NotStarted")
      assert.include(error.message, why)
    })
  )

  it.scopedLive("tells who watches when the MDA starts and ends, and as what", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = recorder(directory)
      yield* Effect.gen(function* () {
        yield* deliver(["joe", "ann"])
        const command = `${file} -d 'joe' 'ann'`
        assert.deepStrictEqual(yield* Ref.get(yield* Watched), [
          { _tag: "MdaStarted", command },
          { _tag: "MdaFinished", command }
        ])
      }).pipe(Effect.provide(layerOf(directory, `${file} -d %T`)))
    })
  )

  it.scopedLive("gives every one of many quick runs its end and its output", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const file = program(directory, "mda", ["echo quick; exit 75"])
      const runs = Effect.replicateEffect(mdaFailure(["joe"]), 60).pipe(
        Effect.provide(layerOf(directory, file))
      )
      for (const error of yield* runs) {
        assert.deepStrictEqual([error.end, error.output], [{ _tag: "Exited", status: 75 }, "quick\n"])
      }
    })
  )
})
