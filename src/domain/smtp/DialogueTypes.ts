/**
 * The vocabulary between the pure SMTP dialogue and whatever moves its bytes.
 *
 * The dialogue decides everything (which command, which deadline, which error); the driver only moves bytes, upgrades
 * TLS, fetches credentials and keeps time. `Dialogue.ts` implements it.
 *
 * Source: RFC 5321 §3, §4; RFC 2920 (pipelining); RFC 3030 (CHUNKING); RFC 3207 (STARTTLS); RFC 4954 (AUTH).
 */
import type * as Either from "effect/Either"
import type { BodyType, Recipient } from "../mail/Envelope.ts"
import type { ReversePath } from "../mail/Mailbox.ts"
import type { MessageFacts } from "../mail/MessageFacts.ts"
import type { HookFailed } from "../mda/MdaError.ts"
import type { ChannelBinding, Credentials, SaslCrypto } from "../sasl/Sasl.ts"
import type { Relay } from "./Relay.ts"
import type { Reply } from "./Reply.ts"
import type { AuthFailed, Peer, SmtpError } from "./SmtpError.ts"
import type { Stage } from "./Stage.ts"

/** What a session is opened with. */
export interface SessionPlan {
  readonly relay: Relay
  readonly peer: Peer
  /** The connection's far end is 127.0.0.0/8 or ::1: credentials may cross it without TLS. */
  readonly isLoopback: boolean
  /** EHLO argument, already resolved. */
  readonly heloName: string
  /** TLS was negotiated before the first byte (implicit TLS). */
  readonly tls?: TlsFacts
  readonly crypto: SaslCrypto
  /** Say HELO at once: the second try at a server that hangs up on EHLO. Heeded only where `mayRetryWithHelo` holds. */
  readonly heloOnly?: boolean
}

/** What the TLS layer reports after a handshake. The certificate has been judged already; the dialogue applies policy. */
export interface TlsFacts {
  readonly protocol: string
  readonly cipher: string
  readonly cipherBits: number
  /** Absent: verified. Else why not, in words; set only where the mode is `opportunistic`, which may tolerate it. */
  readonly unverified?: string
  readonly certificateExpiresAt?: string
  /** From the server's own certificate upwards: whom each is for, and who vouches for it. Text of the server. */
  readonly chain?: ReadonlyArray<{ readonly subject: string; readonly issuer: string }>
  readonly hasClientCertificate: boolean
  readonly channelBinding: ChannelBinding
}

/** One transaction: the envelope as this relay gets it, and the facts of the message. */
export interface TransactionPlan {
  readonly reversePath: ReversePath
  /** Non-empty; all of route `relay`. All go into one transaction: who has more than `recipientLimit` splits before. */
  readonly recipients: ReadonlyArray<Recipient>
  readonly ret?: "FULL" | "HDRS"
  readonly envid?: string
  readonly body?: BodyType
  readonly facts: MessageFacts
  /** Send nothing unless every recipient is accepted. */
  readonly requireAllRecipients: boolean
  /** The whole canonical message when it is small enough to travel in the envelope's flight (CHUNKING). */
  readonly inline?: Uint8Array
}

export type DialogueEvent =
  /** The connection (and implicit TLS) stands. Always the first event. */
  | { readonly _tag: "Connected" }
  /** All that has arrived so far, joined: what comes with a reply, or before a command of ours, is judged with it. */
  | { readonly _tag: "Received"; readonly bytes: Uint8Array }
  /**
   * The peer closed, or the connection broke (`cause`). Everything that could still be read has been given as `Received`
   * before, also after a failed write: a refusal may lie there.
   */
  | { readonly _tag: "Closed"; readonly cause?: unknown }
  /** The deadline armed last has passed. */
  | { readonly _tag: "DeadlinePassed" }
  /** Answer to `StartTls`. */
  | { readonly _tag: "TlsEstablished"; readonly tls: TlsFacts }
  /** Answer to `NeedCredentials`. What has arrived meanwhile is given first. */
  | { readonly _tag: "CredentialsReady"; readonly credentials: Either.Either<Credentials, HookFailed> }
  /** Begin a transaction; legal only while `isIdle`. */
  | { readonly _tag: "Deliver"; readonly transaction: TransactionPlan }
  /** While sending the body: the connection has taken another block. The body deadline starts anew. */
  | { readonly _tag: "BodyProgress" }
  /** With `bdat`: a `BDAT n` other than the last is about to be written; one more reply is due. */
  | { readonly _tag: "ChunkSent" }
  /**
   * Answer to `SendBody`: the last octets (with them the final dot, or `BDAT n LAST`) are about to be written. Given
   * before the write, so that no reply can overtake it.
   */
  | { readonly _tag: "BodySent" }
  /** End the session; legal only while `isIdle`. */
  | { readonly _tag: "Quit" }

/** How a recipient fared in one transaction, in the order of the plan. */
export interface RecipientResult {
  readonly recipient: Recipient
  readonly result: Either.Either<Reply, SmtpError>
}

export type DialogueAction =
  /**
   * One flight of commands. `masked` is what a transcript may show: the commands with their CRLF, AUTH arguments
   * replaced, without the message. `messageBytes`: this many octets at the end of `bytes` are the whole message (`inline`).
   */
  | {
      readonly _tag: "Send"
      readonly bytes: Uint8Array
      readonly masked: string
      readonly messageBytes?: number
    }
  /** (Re)arm the one deadline; it counts from now until the next `Arm` or `Disarm`, whatever trickles in. */
  | { readonly _tag: "Arm"; readonly stage: Stage; readonly millis: number }
  | { readonly _tag: "Disarm" }
  /** The receive buffer is empty and 220 was read: hand the connection to TLS. Bytes that arrive before are `Received`. */
  | { readonly _tag: "StartTls" }
  | { readonly _tag: "NeedCredentials" }
  /**
   * Send the message body. `dot`: header and body dot-stuffed, then the final dot. `bdat`: the driver frames chunks as
   * `BDAT n` and the last as `BDAT n LAST`; replies to the intermediate chunks come back as `Received`.
   */
  | { readonly _tag: "SendBody"; readonly framing: "dot" | "bdat" }
  /** A fact worth telling: a reply with the command it answers, the chosen mechanism, a downgrade. */
  | { readonly _tag: "Note"; readonly note: DialogueNote }
  /** The session is ready for `Deliver` or `Quit`. */
  | { readonly _tag: "Ready"; readonly session: SessionFacts }
  /** The transaction ended and the session is idle again or about to fail; results are final and durable-worthy. */
  | { readonly _tag: "Finished"; readonly results: ReadonlyArray<RecipientResult> }
  /** The session is over by failure. During a transaction, `Finished` has come first. Close without another byte. */
  | { readonly _tag: "Fail"; readonly error: SmtpError | HookFailed }
  /**
   * The session is over without a failure of its own: after QUIT, or (after `Finished`, perhaps in the middle of a body)
   * because only closing abandons a message once begun. Close without another byte.
   */
  | { readonly _tag: "Close" }

export type DialogueNote =
  | { readonly _tag: "ReplyTo"; readonly stage: Stage; readonly reply: Reply; readonly recipient?: Recipient }
  | { readonly _tag: "MechanismChosen"; readonly mechanism: string; readonly because: string }
  | { readonly _tag: "MechanismFailed"; readonly error: AuthFailed }
  | { readonly _tag: "ContinuingInClear"; readonly because: string }
  | { readonly _tag: "DsnNotOffered" }

/** What is known of a session once it is ready. */
export interface SessionFacts {
  readonly peer: Peer
  readonly tls?: TlsFacts
  /** Upper-cased EHLO keywords with their parameters; empty after HELO. */
  readonly extensions: ReadonlyMap<string, ReadonlyArray<string>>
  readonly mechanism?: string
}
