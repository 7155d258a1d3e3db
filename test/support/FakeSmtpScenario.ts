/**
 * What a scripted SMTP server does and what it has seen, as data.
 *
 * For each step the nth use takes the nth answer, and the last one repeats.
 */
import type * as tls from "node:tls"
import type * as Effect from "effect/Effect"

/** Where an answer can be scripted. `end-of-data` is the final dot or `BDAT n LAST`; `response` a line of AUTH. */
export type Step =
  | "connect"
  | "EHLO"
  | "HELO"
  | "STARTTLS"
  | "AUTH"
  | "response"
  | "MAIL"
  | "RCPT"
  | "DATA"
  | "BDAT"
  | "end-of-data"
  | "RSET"
  | "NOOP"
  | "QUIT"
  | "other"

/** Bytes go out as they are. */
export interface Part {
  readonly bytes?: string | Uint8Array
  readonly afterMillis?: number
  /** Sent in pieces of this size, `gapMillis` apart. */
  readonly pieceBytes?: number
  readonly gapMillis?: number
  /**
   * `close`: FIN both ways (a reset, if unread bytes are left). `half-close`: FIN, but goes on reading. `reset`: RST.
   * `stall`: neither reads nor writes again. `silence`: reads, but says nothing again.
   */
  readonly ending?: "close" | "half-close" | "reset" | "stall" | "silence"
}

/** A text is one reply, its last CRLF added. */
export type Answer = string | Part | ReadonlyArray<Part>

/** One that depends on the line it answers. */
export type ScriptedAnswer = Answer | ((line: string) => Answer)

export interface ServerTls {
  readonly certificate: string
  readonly key: string
  readonly minVersion?: tls.SecureVersion
  readonly maxVersion?: tls.SecureVersion
  readonly ciphers?: string
  /** Demands a certificate issued by this authority. */
  readonly clientAuthority?: string
}

export interface Scenario {
  /** EHLO keywords. STARTTLS is added where `tls` is given, until it is used. */
  readonly extensions?: ReadonlyArray<string>
  readonly extensionsAfterTls?: ReadonlyArray<string>
  readonly answers?: Partial<Record<Step, ReadonlyArray<ScriptedAnswer>>>
  readonly tls?: ServerTls
  readonly implicitTls?: boolean
  /** In the middle of the message, after this many bytes of it. */
  readonly midBody?: { readonly afterBytes: number; readonly answer: Answer }
  /** Bodies are hashed and counted, not kept. */
  readonly discardBodies?: boolean
  /** Every reply goes out in two pieces, cut at this octet or, where it is shorter, at the remainder. */
  readonly cutRepliesAt?: number
  /** A slow reader: waits this long after each read of the first so many bytes of a body. */
  readonly slowReading?: { readonly gapMillis: number; readonly firstBytes: number }
}

export interface RecordedMessage {
  readonly from: string
  readonly to: ReadonlyArray<string>
  /** As sent, with dot-stuffing, without the final dot; empty with `discardBodies`. */
  readonly wire: Buffer
  readonly wireBytes: number
  readonly sha256: string
}

export interface RecordedTls {
  readonly protocol: string
  readonly serverName: string | false
  readonly clientName?: string
  /** tls-exporter as the server sees it, in hex. */
  readonly exporter: string
}

export interface RecordedConnection {
  /** Command lines without CRLF, those of AUTH exchanges included. */
  readonly commands: ReadonlyArray<string>
  readonly messages: ReadonlyArray<RecordedMessage>
  /** Octets read in clear. */
  readonly plainBytes: Buffer
  readonly tls?: RecordedTls
  /** How the peer left: `end` after a FIN, or the code of the error. */
  readonly farewell?: string
  readonly isClosed: boolean
}

export interface FakeSmtpServer {
  readonly host: string
  readonly port: number
  readonly connections: ReadonlyArray<RecordedConnection>
  /** Every message of every connection. */
  readonly messages: () => ReadonlyArray<RecordedMessage>
  /** Succeeds when every connection so far is closed. */
  readonly closed: Effect.Effect<void>
}

export const defaultReplies: Record<Step, string> = {
  connect: "220 fake.example ESMTP",
  EHLO: "",
  HELO: "250 fake.example",
  STARTTLS: "220 2.0.0 go ahead",
  AUTH: "235 2.7.0 welcome",
  response: "235 2.7.0 welcome",
  MAIL: "250 2.1.0 sender ok",
  RCPT: "250 2.1.5 recipient ok",
  DATA: "354 go on",
  BDAT: "250 2.0.0 chunk ok",
  "end-of-data": "250 2.0.0 queued as 42",
  RSET: "250 2.0.0 ok",
  NOOP: "250 2.0.0 ok",
  QUIT: "221 2.0.0 bye",
  other: "500 5.5.1 what?"
}

const verbs = new Set<string>([
  "EHLO",
  "HELO",
  "STARTTLS",
  "AUTH",
  "MAIL",
  "RCPT",
  "DATA",
  "RSET",
  "NOOP",
  "QUIT"
])
export const isVerb = (verb: string): verb is Step => verbs.has(verb)

export const partsOf = (answer: Answer): ReadonlyArray<Part> => {
  if (typeof answer === "string") return [{ bytes: `${answer}\r\n` }]
  return "length" in answer ? answer : [answer]
}
