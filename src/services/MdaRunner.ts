/** Hands a message to the local delivery agent. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Mailbox, ReversePath } from "../domain/mail/Mailbox.ts"
import type { MessageError } from "../domain/mail/MessageError.ts"
import type { Receipt } from "../domain/mail/Outcome.ts"
import type { MdaFailed } from "../domain/mda/MdaError.ts"
import type { QueueFailed } from "../domain/queue/QueueError.ts"
import type { Message } from "./Message.ts"

export class MdaRunner extends Context.Tag("esmtp/services/MdaRunner")<
  MdaRunner,
  {
    /** One run for all `recipients`, as in C. `MdaFailed` tells by its `end` whether another try makes sense. */
    readonly deliver: (
      reversePath: ReversePath,
      recipients: ReadonlyArray<Mailbox>,
      message: Message
    ) => Effect.Effect<Receipt, MdaFailed | MessageError | QueueFailed>
  }
>() {}
