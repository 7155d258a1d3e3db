/**
 * Standard input, whatever it is connected to.
 *
 * A file is read by plain reads. Anything that can keep us waiting (pipe, socket, terminal) is read as the event loop tells
 * that there is something to read: a read in the thread pool would keep the process from exiting until the writer writes,
 * a synchronous one would keep signals from being handled; and a descriptor that somebody made non-blocking needs no care.
 * Source: sendmail(8) (`-i`). esmtp: message.c. Deviation: a lone dot ends a message only at a terminal.
 */
import * as fs from "node:fs"
import type { Readable } from "node:stream"
import { isatty } from "node:tty"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as LoneDot from "../../domain/mail/LoneDot.ts"
import { MessageError } from "../../domain/mail/MessageError.ts"
import { StandardInput } from "../../services/StandardInput.ts"

const descriptor = 0
const readBytes = 256 * 1024

const unreadable = (cause: unknown): MessageError =>
  new MessageError({
    reason: "Unreadable",
    detail: `standard input: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause
  })

type Pull = Effect.Effect<Uint8Array, Option.Option<MessageError>>

const atEnd = Effect.fail(Option.none<MessageError>())
const failed = (cause: unknown) => Effect.fail(Option.some(unreadable(cause)))

/** Short, and so not interruptible: the read would go on without us. */
const readFile: Pull = Effect.uninterruptible(
  Effect.async((resume) => {
    const block = Buffer.allocUnsafeSlow(readBytes)
    fs.read(descriptor, block, 0, readBytes, null, (error, count) => {
      if (error !== null) resume(failed(error))
      else resume(count === 0 ? atEnd : Effect.succeed(block.subarray(0, count)))
    })
  })
)

const readStream = (input: Readable): Pull =>
  Effect.async((resume) => {
    const detach = () => {
      input.off("readable", onReadable).off("end", onEnd).off("error", onError).off("close", onClose)
    }
    const settle = (result: Pull) => {
      detach()
      resume(result)
    }
    const onReadable = () => {
      const block: Uint8Array | null = input.read()
      if (block !== null) settle(Effect.succeed(block))
    }
    const onEnd = () => settle(atEnd)
    const onError = (error: Error) => settle(failed(error))
    const onClose = () => settle(input.readableEnded ? atEnd : failed("closed"))
    input.on("readable", onReadable).on("end", onEnd).on("error", onError).on("close", onClose)
    onReadable()
    return Effect.sync(detach)
  })

/** Nobody reads on: the process may end while the writer still lives. */
const release = (input: NodeJS.ReadStream) =>
  Effect.sync(() => {
    input.pause()
    // Missing where the descriptor is none of those that can wait.
    input.unref?.()
  })

const openStream = Effect.acquireRelease(Effect.try({ try: () => process.stdin, catch: unreadable }), release)

/** Up to a line that holds one dot. */
const untilLoneDot = <E>(input: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E> =>
  input.pipe(
    Stream.map(Option.some),
    Stream.concat(Stream.succeed(Option.none<Uint8Array>())),
    Stream.mapAccum(LoneDot.initial, (state, chunk) => {
      const step = Option.match(chunk, {
        onNone: () => ({ state, octets: LoneDot.finish(state), isEnd: true }),
        onSome: (octets) => LoneDot.step(state, octets)
      })
      return [step.state, step]
    }),
    Stream.takeUntil(({ isEnd }) => isEnd),
    Stream.map(({ octets }) => octets)
  )

const isFile = Effect.try({ try: () => fs.fstatSync(descriptor), catch: unreadable }).pipe(
  // A directory, too, gives its error to a read.
  Effect.map((status) => status.isFile() || status.isDirectory() || status.isBlockDevice())
)

export interface StandardInputOptions {
  /** `-i`: a lone dot is text, at a terminal too. */
  readonly ignoreDots: boolean
}

/** Can be run once. Fails with reason `Unreadable`. */
export const standardInput = ({
  ignoreDots
}: StandardInputOptions): Stream.Stream<Uint8Array, MessageError> =>
  Stream.unwrapScoped(
    Effect.gen(function* () {
      if (yield* isFile) return Stream.repeatEffectOption(readFile)
      const input = yield* openStream
      const octets = Stream.repeatEffectOption(readStream(input))
      return input.isTTY && !ignoreDots ? untilLoneDot(octets) : octets
    })
  )

export const layer: Layer.Layer<StandardInput> = Layer.sync(StandardInput, () =>
  StandardInput.of({ message: standardInput, isTerminal: isatty(descriptor) })
)
