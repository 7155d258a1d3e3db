/**
 * What happens during a delivery, as facts for whoever watches: `-v`, `-X`, logs, traces, progress, simulation.
 *
 * Source: esmtp: smtp.c (`event_cb`, `monitor_cb`).
 */
import type { Recipient } from "../mail/Envelope.ts"
import type { ReversePath } from "../mail/Mailbox.ts"
import type { DialogueNote, RecipientResult, SessionFacts, TlsFacts } from "../smtp/DialogueTypes.ts"
import type { Peer } from "../smtp/SmtpError.ts"
import type { Stage } from "../smtp/Stage.ts"

export type SessionEvent =
  | { readonly _tag: "HookStarted"; readonly hook: "preconnect" | "postconnect"; readonly command: string }
  | { readonly _tag: "AddressTried"; readonly peer: Peer; readonly failure?: string }
  | { readonly _tag: "Connected"; readonly peer: Peer }
  | { readonly _tag: "TlsEstablished"; readonly tls: TlsFacts }
  /** Raw server bytes, once a read. */
  | { readonly _tag: "Received"; readonly bytes: Uint8Array }
  /** Commands, once a flush; secrets already masked. */
  | { readonly _tag: "Sent"; readonly text: string }
  /** The header block as sent. */
  | { readonly _tag: "HeaderSent"; readonly bytes: Uint8Array }
  /** Canonical message octets handed to the connection since the last such event. */
  | { readonly _tag: "BodyProgress"; readonly bytes: number }
  | { readonly _tag: "Noted"; readonly note: DialogueNote }
  /** What happens next has to happen within `millis` from now. */
  | { readonly _tag: "DeadlineArmed"; readonly stage: Stage; readonly millis: number }
  | { readonly _tag: "Ready"; readonly session: SessionFacts }
  | {
      readonly _tag: "TransactionStarted"
      readonly reversePath: ReversePath
      readonly recipients: ReadonlyArray<Recipient>
    }
  | { readonly _tag: "TransactionFinished"; readonly results: ReadonlyArray<RecipientResult> }
  | { readonly _tag: "Disconnected"; readonly peer: Peer }
  | { readonly _tag: "MdaStarted"; readonly command: string }
  | { readonly _tag: "MdaFinished"; readonly command: string }
