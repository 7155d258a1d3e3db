/** Standard streams in memory: nobody's terminal. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { MessageError } from "../../domain/mail/MessageError.ts"
import { StandardInput } from "../../services/StandardInput.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"

/** What was printed so far. */
export class Probe extends Context.Tag("esmtp/layers/simulation/MemoryStreams/Probe")<
  Probe,
  {
    readonly out: Effect.Effect<string>
    readonly error: Effect.Effect<string>
  }
>() {}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const unreadable = new MessageError({ reason: "Unreadable", detail: "simulated failure of standard input" })

const inputOf = (input: string | Uint8Array | undefined): Stream.Stream<Uint8Array, MessageError> => {
  if (input === undefined) return Stream.fail(unreadable)
  return input.length === 0
    ? Stream.empty
    : Stream.make(typeof input === "string" ? encoder.encode(input) : input)
}

/** `input`: what standard input gives; absent: it can't be read. */
export const layer = (
  input: string | Uint8Array | undefined = ""
): Layer.Layer<StandardStreams | StandardInput | Probe> =>
  Layer.effectContext(
    Effect.sync(() => {
      let [out, error] = ["", ""]
      const streams = StandardStreams.of({
        out: (text) =>
          Effect.sync(() => {
            out += typeof text === "string" ? text : decoder.decode(text)
          }),
        error: (text) =>
          Effect.sync(() => {
            error += text
          }),
        errorIsTerminal: false,
        outIsTerminal: false,
        confirm: () => Effect.succeed(true)
      })
      const probe = Probe.of({ out: Effect.sync(() => out), error: Effect.sync(() => error) })
      const standardInput = StandardInput.of({ isTerminal: false, message: () => inputOf(input) })
      return Context.make(StandardStreams, streams).pipe(
        Context.add(StandardInput, standardInput),
        Context.add(Probe, probe)
      )
    })
  )
