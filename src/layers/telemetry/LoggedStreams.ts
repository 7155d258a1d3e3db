/**
 * `StandardStreams` of a program that only embeds esmtp: its standard output and error are its own, so what would be
 * printed there is logged.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StandardStreams } from "../../services/StandardStreams.ts"

const decoder = new TextDecoder()

const lineOf = (text: string | Uint8Array): string =>
  (typeof text === "string" ? text : decoder.decode(text)).trimEnd()

export const layer: Layer.Layer<StandardStreams> = Layer.succeed(
  StandardStreams,
  StandardStreams.of({
    out: (text) => Effect.logDebug(lineOf(text)),
    error: (text) => Effect.logWarning(lineOf(text)),
    errorIsTerminal: false,
    outIsTerminal: false,
    confirm: () => Effect.succeed(true)
  })
)
