import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { fromBytes, toBytes } from "../../../src/domain/mail/ByteString.ts"
import * as Limits from "../../../src/domain/mail/Limits.ts"
import { MessageError } from "../../../src/domain/mail/MessageError.ts"
import * as SpoolIntake from "../../../src/layers/mail/SpoolIntake.ts"
import { MessageIntake, type ReceivedMessage } from "../../../src/services/MessageIntake.ts"
import { run } from "../../support/runProgram.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { builtInputProgram } from "./builtInputProgram.ts"

const cut = (text: string, size: number): ReadonlyArray<Uint8Array> => {
  const octets = toBytes(text)
  const chunks: Array<Uint8Array> = []
  for (let at = 0; at < octets.length; at += size) chunks.push(octets.subarray(at, at + size))
  return chunks
}

type Input = Stream.Stream<Uint8Array, MessageError>

const inputOf = (text: string, size = 64 * 1024): Input => Stream.fromIterable(cut(text, size))

const bodyOf = ({ body }: ReceivedMessage) =>
  Effect.map(Stream.runCollect(body), (chunks) => Chunk.toReadonlyArray(chunks).map(fromBytes).join(""))

/** Takes it in, with a new directory for a file and this much memory. */
const receive = (input: Input, inMemoryBytes: number = Limits.bodyInMemoryBytes) =>
  Effect.flatMap(makeTempDir, (directory) => receiveIn(directory, input, inMemoryBytes))

const receiveIn = (directory: string, input: Input, inMemoryBytes: number) =>
  Effect.gen(function* () {
    const intake = yield* Effect.provide(
      MessageIntake,
      SpoolIntake.layerWith({ inMemoryBytes, directory: () => directory })
    )
    const message = yield* intake.receive(input)
    return { message, directory }
  })

const reasonOf = (input: Input) =>
  receive(input).pipe(
    Effect.match({ onFailure: (error) => error.reason, onSuccess: () => "taken" }),
    Effect.scoped
  )

/** Descriptors of files that have no name any more, in this directory. */
const unnamedIn = (directory: string): ReadonlyArray<fs.Stats> =>
  fs.readdirSync("/proc/self/fd").flatMap((descriptor) => {
    const link = `/proc/self/fd/${descriptor}`
    try {
      const target = fs.readlinkSync(link)
      return target.startsWith(directory) && target.endsWith("(deleted)") ? [fs.statSync(link)] : []
    } catch {
      // It was the descriptor of the listing itself.
      return []
    }
  })

const lines = (count: number, end: string): string =>
  Array.from({ length: count }, (_, at) => `line ${at} of many\xe4.${end}`).join("")

describe("SpoolIntake", () => {
  const small: ReadonlyArray<readonly [what: string, text: string, names: string, body: string]> = [
    ["a message", "From: a@x\nTo: b@x\n\nbody\n", "From,To", "body\r\n"],
    ["a message with CRLF", "From: a@x\r\n\r\nbody\r\n", "From", "body\r\n"],
    ["a header with CRLF before a body with LF", "From: a@x\r\n\r\na\nb", "From", "a\r\nb\r\n"],
    ["a body without a header", "just\ntext", "", "just\r\ntext\r\n"],
    ["a body after an empty line", "\nFrom: a@x\n", "", "From: a@x\r\n"],
    ["a header without a body", "From: a@x\nTo: b@x", "From,To", ""],
    ["a header and an empty line", "From: a@x\n\n", "From", ""],
    [
      "a message out of a mailbox file",
      "From joe Mon\nTo: b@x\n\nFrom the body\n",
      "To",
      "From the body\r\n"
    ],
    ["a header that ends with a line that is no field", "To: b@x\njunk\n", "To", "junk\r\n"],
    ["nothing", "", "", ""]
  ]
  for (const [what, text, names, body] of small) {
    it.scoped(`takes ${what}, in whatever chunks it comes`, () =>
      Effect.gen(function* () {
        for (const size of [1, 3, 1000]) {
          const { message } = yield* receive(inputOf(text, size))
          assert.strictEqual(message.header.fields.map(({ name }) => name).join(","), names)
          assert.strictEqual(yield* bodyOf(message), body)
          assert.strictEqual(message.bodyFacts.sizeBytes, body.length)
        }
      })
    )
  }

  it.scoped("knows the facts of the body alone", () =>
    Effect.gen(function* () {
      const { message } = yield* receive(inputOf("X: \xe4\0\n\nlonger\xe4 line\n\0a\n"))
      assert.deepStrictEqual(message.bodyFacts, {
        sizeBytes: 17,
        hasEightBitHeader: false,
        hasEightBitBody: true,
        longestLineBytes: 12,
        nulsDropped: 1
      })
      assert.strictEqual(message.header.nulsDropped, 1)
    })
  )

  for (const [what, inMemoryBytes] of [
    ["in memory", 1024 * 1024],
    ["in a file", 0]
  ] as const) {
    it.scoped(`gives the body from its first octet whenever it is read, kept ${what}`, () =>
      Effect.gen(function* () {
        const text = lines(20_000, "\n")
        const { directory, message } = yield* receive(inputOf(`A: 1\n\n${text}`, 1000), inMemoryBytes)
        assert.strictEqual(unnamedIn(directory).length, inMemoryBytes === 0 ? 1 : 0)
        const expected = text.replaceAll("\n", "\r\n")
        const [one, other] = yield* Effect.all([bodyOf(message), bodyOf(message)], { concurrency: 2 })
        assert.isTrue(one === expected && other === expected)
        const start = yield* Stream.runHead(message.body)
        assert.strictEqual(start._tag, "Some")
        assert.isTrue((yield* bodyOf(message)) === expected)
      })
    )
  }

  it.scoped("keeps the octets in order when memory gives way to a file", () =>
    Effect.gen(function* () {
      for (const size of [999, 64 * 1024, 200_000]) {
        const text = lines(30_000, "\r\n")
        const { message } = yield* receive(inputOf(`A: 1\n\n${text}`, size), 100_000)
        assert.isTrue((yield* bodyOf(message)) === text)
      }
    })
  )

  it.scoped("keeps nothing of a chunk that its source fills again", () =>
    Effect.gen(function* () {
      const text = `A: 1\nB: 2\n\n${lines(20_000, "\n")}`
      for (const [size, inMemoryBytes] of [
        [5, 1024],
        [70_000, 0],
        [200_000, 10_000_000]
      ] as const) {
        const block = new Uint8Array(size)
        const input: Input = Stream.map(Stream.rechunk(inputOf(text, size), 1), (chunk) => {
          block.fill(0x21)
          block.set(chunk)
          return block.subarray(0, chunk.length)
        })
        const { message } = yield* receive(input, inMemoryBytes)
        assert.strictEqual(message.header.fields.length, 2)
        assert.isTrue((yield* bodyOf(message)) === lines(20_000, "\r\n"))
      }
    })
  )

  it.scoped("L8 L10: keeps a file that is private and has no name, whatever the umask", () =>
    Effect.gen(function* () {
      for (const umask of [0o000, 0o777]) {
        const directory = yield* makeTempDir
        const before = process.umask(umask)
        yield* Effect.addFinalizer(() => Effect.sync(() => process.umask(before)))
        yield* receiveIn(directory, inputOf(`A: 1\n\n${lines(10_000, "\n")}`), 0)
        process.umask(before)
        assert.deepStrictEqual(fs.readdirSync(directory), [])
        const [file] = unnamedIn(directory)
        assert.isTrue(file?.isFile())
        assert.strictEqual(file?.nlink, 0)
        assert.strictEqual((file?.mode ?? 0) & 0o177, 0)
      }
    })
  )

  it.effect("closes the file with the scope, and reads nothing from its descriptor after that", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { directory, message } = yield* Scope.extend(
        receive(inputOf(`A: 1\n\n${lines(10_000, "\n")}`), 0),
        scope
      )
      assert.strictEqual(unnamedIn(directory).length, 1)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual(unnamedIn(directory).length, 0)
      const error = yield* Effect.flip(bodyOf(message))
      assert.strictEqual(error.reason, "SpoolFailed")
    })
  )

  it.effect("L15: leaves nothing behind when it is interrupted", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      const input: Input = Stream.concat(
        inputOf(`A: 1\n\n${lines(10_000, "\n")}`),
        Stream.fromEffect(Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never))
      )
      const scope = yield* Scope.make()
      const directory = yield* Scope.extend(makeTempDir, scope)
      const fiber = yield* MessageIntake.pipe(
        Effect.flatMap((intake) => intake.receive(input)),
        Effect.provide(SpoolIntake.layerWith({ inMemoryBytes: 0, directory: () => directory })),
        Effect.scoped,
        Effect.fork
      )
      yield* Deferred.await(reached)
      assert.strictEqual(unnamedIn(directory).length, 1)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(unnamedIn(directory).length, 0)
      assert.deepStrictEqual(fs.readdirSync(directory), [])
      yield* Scope.close(scope, Exit.void)
    })
  )

  it.effect("fails as its input fails", () =>
    Effect.gen(function* () {
      const broken: Input = Stream.concat(
        inputOf("A: 1\n\nbody"),
        Stream.fail(new MessageError({ reason: "Unreadable", detail: "gone" }))
      )
      assert.strictEqual(yield* reasonOf(broken), "Unreadable")
    })
  )

  it.effect("H28: refuses a message that runs in a circle", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf(inputOf(`${"Received: x\n".repeat(99)}\n`)), "taken")
      assert.strictEqual(yield* reasonOf(inputOf(`${"Received: x\n".repeat(100)}\n`)), "TooManyHops")
    })
  )

  it.effect("refuses an endless header without reading it to its end", () =>
    Effect.gen(function* () {
      const endless: Input = Stream.repeatValue(toBytes("X: y\n".repeat(10_000)))
      assert.strictEqual(yield* reasonOf(endless), "HeaderTooLarge")
      const line: Input = Stream.concat(
        inputOf("X:"),
        Stream.repeatValue(new Uint8Array(64 * 1024).fill(0x20))
      )
      assert.strictEqual(yield* reasonOf(line), "HeaderTooLarge")
    })
  )

  it.effect("says which file it could not make", () =>
    Effect.gen(function* () {
      const layer = SpoolIntake.layerWith({ inMemoryBytes: 0, directory: () => "/nonexistent" })
      const intake = yield* Effect.provide(MessageIntake, layer)
      const error = yield* Effect.flip(Effect.scoped(intake.receive(inputOf("A: 1\n\nbody"))))
      assert.strictEqual(error.reason, "SpoolFailed")
      assert.include(error.message, "ENOENT")
    })
  )
})

/** What `inputProgram` prints. */
interface Taken {
  readonly runs: ReadonlyArray<number>
  readonly receivedKilobytes: number
  readonly readKilobytes: number
}

describe("SpoolIntake, as a program", () => {
  it.scopedLive(
    "fails with what the system says when the file can't grow",
    () =>
      Effect.gen(function* () {
        const program = yield* builtInputProgram
        const message = `A: 1\n\n${lines(200_000, "\n")}`
        const script = 'ulimit -f 2000; exec "$node" "$program" --intake'
        const { status, stdout } = yield* run({
          file: "/bin/sh",
          args: ["-c", script],
          env: { node: process.execPath, program },
          stdin: toBytes(message)
        })
        assert.strictEqual(status, 0)
        assert.match(stdout, /temporary file: EFBIG/)
      }),
    60_000
  )

  it.scopedLive(
    "takes 64 MB in with less memory than half of it, and gives it twice without keeping it",
    () =>
      Effect.gen(function* () {
        const program = yield* builtInputProgram
        const line = "0123456789".repeat(6)
        const message = `printf 'A: 1\\n\\n'; yes ${line} | head -n 1100000`
        const { stdout } = yield* run({
          file: "/bin/sh",
          args: ["-c", `{ ${message}; } | "$node" "$program" --intake`],
          env: { node: process.execPath, program },
          timeoutMillis: 100_000
        })
        const result: Taken = JSON.parse(stdout.slice(stdout.indexOf("{")))
        const size = (line.length + 2) * 1_100_000
        assert.deepStrictEqual(result.runs, [size, size])
        assert.isBelow(result.receivedKilobytes, 32 * 1024)
        // Blocks that were read wait for the collector, as many as it lets come together.
        assert.isBelow(result.readKilobytes, 120 * 1024)
      }),
    120_000
  )
})
