/** What every `MdaRunner` does, whatever stands behind it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Mailbox } from "../../src/domain/mail/Mailbox.ts"
import { MessageError } from "../../src/domain/mail/MessageError.ts"
import { MdaFailed } from "../../src/domain/mda/MdaError.ts"
import { MdaRunner } from "../../src/services/MdaRunner.ts"
import type { Message } from "../../src/services/Message.ts"

/** What the MDA of a test does with a message. */
export type MdaBehaviour =
  | { readonly _tag: "Takes" }
  | { readonly _tag: "Exits"; readonly status: number; readonly prints?: string; readonly isReading: boolean }
  | { readonly _tag: "Dies"; readonly signal: string }
  | { readonly _tag: "Hangs" }
  /** There is none. */
  | { readonly _tag: "Absent" }

export interface TakenMail {
  readonly sender: string
  readonly recipients: ReadonlyArray<string>
  readonly text: string
}

export interface MdaBench {
  readonly layer: Layer.Layer<MdaRunner>
  /** Complete messages, in the order taken. */
  readonly taken: Effect.Effect<ReadonlyArray<TakenMail>>
}

export type MakeBench = (
  behaviour: MdaBehaviour,
  options?: { readonly forceMda?: string }
) => Effect.Effect<MdaBench, never, Scope.Scope>

const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

const message = (body: Message["body"] = Stream.make(octets("Hello\r\n.\r\nFrom me\r\n"))): Message => ({
  header: { wire: octets("X-Wire: yes\r\n\r\n"), local: octets("Subject: test\r\n\r\n") },
  facts: {
    sizeBytes: 40,
    hasEightBitHeader: false,
    hasEightBitBody: false,
    longestLineBytes: 13,
    nulsDropped: 0
  },
  body
})

const deliver = (
  { layer }: MdaBench,
  recipients: ReadonlyArray<string>,
  sender = "me@example.org",
  mail: Message = message()
) =>
  Effect.gen(function* () {
    const mda = yield* MdaRunner
    return yield* mda.deliver(Mailbox(sender), recipients.map(Mailbox), mail)
  }).pipe(Effect.provide(layer))

const failure = (bench: MdaBench, recipients: ReadonlyArray<string> = ["joe"], mail?: Message) =>
  Effect.flip(deliver(bench, recipients, "me@example.org", mail))

const isMdaFailed = (error: { readonly message: string }): error is MdaFailed => error instanceof MdaFailed

const mdaFailure = (bench: MdaBench, recipients?: ReadonlyArray<string>, mail?: Message) =>
  Effect.filterOrElse(failure(bench, recipients, mail), isMdaFailed, (error) =>
    Effect.dieMessage(error.message)
  )

export const mdaRunnerContract = (name: string, makeBench: MakeBench): void => {
  describe(`the contract of MdaRunner, kept by ${name}`, () => {
    it.scopedLive(
      "one run takes the message for all recipients, in their order, with LF line ends (L20)",
      () =>
        Effect.gen(function* () {
          const bench = yield* makeBench({ _tag: "Takes" })
          const receipt = yield* deliver(bench, ["joe", "ann", "bob@example.org"])
          assert.strictEqual(receipt._tag, "DeliveredLocally")
          assert.deepStrictEqual(yield* bench.taken, [
            {
              sender: "me@example.org",
              recipients: ["joe", "ann", "bob@example.org"],
              text: "Subject: test\n\nHello\n.\nFrom me\n"
            }
          ])
        })
    )

    it.scopedLive("the null sender is an empty argument", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Takes" })
        yield* deliver(bench, ["joe"], "")
        assert.deepStrictEqual(
          (yield* bench.taken).map(({ sender }) => sender),
          [""]
        )
      })
    )

    it.scopedLive("chunks may be cut anywhere, also between CR and LF, and be empty (L20)", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Takes" })
        const body = Stream.make(...["a\r", "\nb", "", "\r", "\n", "c\r\n"].map(octets))
        yield* deliver(bench, ["joe"], "me@example.org", message(body))
        assert.strictEqual((yield* bench.taken)[0]?.text, "Subject: test\n\na\nb\nc\n")
      })
    )

    it.scopedLive("a message may be delivered again", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Takes" })
        const mail = message()
        yield* deliver(bench, ["joe"], "me@example.org", mail)
        yield* deliver(bench, ["ann"], "me@example.org", mail)
        const taken = yield* bench.taken
        assert.deepStrictEqual(
          taken.map(({ recipients }) => recipients),
          [["joe"], ["ann"]]
        )
        assert.strictEqual(taken[0]?.text, taken[1]?.text)
      })
    )

    it.scopedLive("force_mda replaces every recipient", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Takes" }, { forceMda: "someuser" })
        yield* deliver(bench, ["joe", "bob@z.example"])
        assert.deepStrictEqual((yield* bench.taken)[0]?.recipients, ["someuser"])
      })
    )

    it.scopedLive("without an MDA there is no local delivery", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Absent" })
        assert.strictEqual((yield* mdaFailure(bench)).reason, "NoMda")
      })
    )

    for (const status of [1, 64, 67, 75, 77, 255]) {
      it.scopedLive(`exit status ${status} is handed on, with what was printed (L19)`, () =>
        Effect.gen(function* () {
          const bench = yield* makeBench({ _tag: "Exits", status, prints: "no such user", isReading: true })
          const error = yield* mdaFailure(bench)
          assert.deepStrictEqual([error.reason, error.end], ["Failed", { _tag: "Exited", status }])
          assert.include(error.output ?? "", "no such user")
        })
      )
    }

    it.scopedLive("an early exit with status 0 is success, however much is left unread (L19)", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Exits", status: 0, isReading: false })
        const body = Stream.repeatValue(octets(`${"x".repeat(65_534)}\r\n`)).pipe(Stream.take(48))
        const receipt = yield* deliver(bench, ["joe"], "me@example.org", message(body))
        assert.strictEqual(receipt._tag, "DeliveredLocally")
      })
    )

    it.scopedLive("a signal is told by its name (L19)", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Dies", signal: "SIGKILL" })
        assert.deepStrictEqual((yield* mdaFailure(bench)).end, { _tag: "Signalled", signal: "SIGKILL" })
      })
    )

    it.scopedLive("a run that does not end is ended (L19)", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Hangs" })
        assert.strictEqual((yield* mdaFailure(bench)).end?._tag, "TimedOut")
      })
    )

    it.scopedLive("a recipient that looks like an option is refused, and nothing is run (L5)", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Takes" })
        const error = yield* mdaFailure(bench, ["joe", "-d"])
        assert.strictEqual(error.reason, "BadRecipient")
        assert.include(error.message, "-d")
        assert.deepStrictEqual(yield* bench.taken, [])
      })
    )

    it.scopedLive("a message that can't be read to its end is not delivered in part", () =>
      Effect.gen(function* () {
        const bench = yield* makeBench({ _tag: "Takes" })
        const unreadable = new MessageError({ reason: "Unreadable", detail: "disk error" })
        const body = Stream.concat(Stream.make(octets("half\r\n")), Stream.fail(unreadable))
        assert.strictEqual(String(yield* failure(bench, ["joe"], message(body))), String(unreadable))
        assert.deepStrictEqual(yield* bench.taken, [])
      })
    )
  })
}
