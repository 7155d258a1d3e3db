/** What the caller sees: listings and `-v` on standard output, errors and advice on standard error. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class StandardStreams extends Context.Tag("esmtp/services/StandardStreams")<
  StandardStreams,
  {
    /** Never fails: a reader that went away must not turn a delivered message into a failure. */
    readonly out: (text: string | Uint8Array) => Effect.Effect<void>
    readonly error: (text: string) => Effect.Effect<void>
    /** A person reads standard error (and gets advice), standard output (and sees progress). */
    readonly errorIsTerminal: boolean
    readonly outIsTerminal: boolean
    /** Asks a person who can answer; elsewhere the answer is yes. */
    readonly confirm: (question: string) => Effect.Effect<boolean>
  }
>() {}
