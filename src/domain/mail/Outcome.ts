/** How each recipient fared. Outcomes are per recipient everywhere; "the message failed" is a summary made at the edge. */
import type * as Either from "effect/Either"
import type { HookFailed, MdaFailed } from "../mda/MdaError.ts"
import type { QueueFailed } from "../queue/QueueError.ts"
import type { Reply } from "../smtp/Reply.ts"
import type { SmtpError } from "../smtp/SmtpError.ts"
import type { Recipient } from "./Envelope.ts"

/** Proof of delivery: the relay's reply to the message, or the MDA's exit with status 0. */
export type Receipt =
  | { readonly _tag: "Relayed"; readonly reply: Reply; readonly relay: string }
  | { readonly _tag: "DeliveredLocally"; readonly command: string }

export type DeliveryError = SmtpError | MdaFailed | HookFailed | QueueFailed

export interface Outcome {
  readonly recipient: Recipient
  readonly result: Either.Either<Receipt, DeliveryError>
}
