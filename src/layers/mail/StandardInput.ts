/**
 * Standard input, whatever it is connected to.
 *
 * Source: sendmail(8) (`-i`). esmtp: message.c. Deviation: a lone dot ends a message only at a terminal.
 */
import * as fs from "node:fs"
import { isatty } from "node:tty"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import { StandardInput } from "../../services/StandardInput.ts"
import * as PipeInput from "./PipeInput.ts"
import * as TerminalInput from "./TerminalInput.ts"
import { unreadableInput } from "./unreadableInput.ts"

const descriptor = 0
const readBytes = 256 * 1024

/** A file, or a device that answers at once. Each chunk is overwritten by the next. */
const fileInput: Stream.Stream<Uint8Array, MessageError> = Stream.suspend(() => {
  const block = Buffer.allocUnsafeSlow(readBytes)
  // Short, and so not interruptible: the read would go on without us.
  const pull = Effect.async<Uint8Array, Option.Option<MessageError>>((resume) =>
    fs.read(descriptor, block, 0, readBytes, null, (error, count) => {
      if (error !== null) resume(Effect.fail(Option.some(unreadableInput(error))))
      else resume(count === 0 ? Effect.fail(Option.none()) : Effect.succeed(block.subarray(0, count)))
    })
  )
  return Stream.repeatEffectOption(Effect.uninterruptible(pull))
})

const inputOf = (status: fs.Stats, ignoreDots: boolean): Stream.Stream<Uint8Array, MessageError> => {
  if (status.isFIFO() || status.isSocket()) return PipeInput.octetsOf(descriptor)
  // A directory gives its error to a read.
  if (!isatty(descriptor)) return fileInput
  return ignoreDots ? TerminalInput.octets : TerminalInput.untilLoneDot(TerminalInput.octets)
}

/** Each chunk is overwritten by the next. Fails with reason `Unreadable`. */
const message = ({ ignoreDots }: { readonly ignoreDots: boolean }): Stream.Stream<Uint8Array, MessageError> =>
  Stream.unwrap(
    Effect.map(Effect.try({ try: () => fs.fstatSync(descriptor), catch: unreadableInput }), (status) =>
      inputOf(status, ignoreDots)
    )
  )

export const layer: Layer.Layer<StandardInput> = Layer.sync(StandardInput, () =>
  StandardInput.of({ message, isTerminal: isatty(descriptor) })
)
