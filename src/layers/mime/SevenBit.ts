/** `MimeConverter` by two passes over the message. Few messages need it, so what it takes is loaded for those. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { MimeConverter } from "../../services/MimeConverter.ts"

export const layer: Layer.Layer<MimeConverter> = Layer.succeed(
  MimeConverter,
  MimeConverter.of({
    convert: (message, options) =>
      Effect.flatMap(
        Effect.promise(() => import("./SevenBitMessage.ts")),
        ({ convert }) => convert(message, options)
      )
  })
)
