/**
 * Reads what is typed at a terminal.
 *
 * Source: sendmail(8) (`-i`). Node opens the terminal anew for itself, so that nothing changes for whoever shares it.
 */
import type { ReadStream } from "node:tty"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as LoneDot from "../../domain/mail/LoneDot.ts"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import { unreadableInput } from "./unreadableInput.ts"

type Pull = Effect.Effect<Uint8Array, Option.Option<MessageError>>

/** What was typed since, or the end. */
const nextOf = (terminal: ReadStream): Pull =>
  Effect.async((resume) => {
    const detach = () => terminal.off("readable", onReadable).off("end", onEnd).off("error", onError)
    const settle = (pull: Pull) => {
      detach()
      resume(pull)
    }
    const onReadable = () => {
      const typed: Uint8Array | null = terminal.read()
      if (typed !== null) settle(Effect.succeed(typed))
    }
    const onEnd = () => settle(Effect.fail(Option.none()))
    const onError = (cause: Error) => settle(Effect.fail(Option.some(unreadableInput(cause))))
    terminal.on("readable", onReadable).on("end", onEnd).on("error", onError)
    onReadable()
    return Effect.sync(detach)
  })

/** Nobody reads on: the process may end while someone still sits there. */
const release = (terminal: ReadStream) => Effect.sync(() => terminal.pause().unref())

/** Can be run once. */
export const octets: Stream.Stream<Uint8Array, MessageError> = Stream.acquireRelease(
  Effect.sync(() => process.stdin),
  release
).pipe(Stream.flatMap((terminal) => Stream.repeatEffectOption(nextOf(terminal))))

/** Up to a line that holds one dot. */
export const untilLoneDot = <E>(input: Stream.Stream<Uint8Array, E>): Stream.Stream<Uint8Array, E> =>
  input.pipe(
    Stream.map(Option.some),
    Stream.concat(Stream.succeed(Option.none<Uint8Array>())),
    Stream.mapAccum(LoneDot.initial, (state, chunk) => {
      const step = Option.match(chunk, {
        onNone: () => ({ state, octets: LoneDot.finish(state), isEnd: true }),
        onSome: (typed) => LoneDot.step(state, typed)
      })
      return [step.state, step]
    }),
    Stream.takeUntil(({ isEnd }) => isEnd),
    Stream.map((step) => step.octets)
  )
