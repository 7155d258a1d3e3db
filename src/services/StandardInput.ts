/** Where the message comes from. */
import * as Context from "effect/Context"
import type * as Stream from "effect/Stream"
import type { MessageError } from "../domain/mail/MessageError.ts"

export class StandardInput extends Context.Tag("esmtp/services/StandardInput")<
  StandardInput,
  {
    /** A person would have to type the message. */
    readonly isTerminal: boolean
    /**
     * Octets up to the end of input; on a terminal also up to a line with a lone dot, unless these are ignored. Can be
     * run once. The octets of a chunk may change once the next one is asked for: whoever keeps them copies them.
     */
    readonly message: (options: { readonly ignoreDots: boolean }) => Stream.Stream<Uint8Array, MessageError>
  }
>() {}
