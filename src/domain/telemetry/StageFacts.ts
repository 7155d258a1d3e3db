/**
 * What a session event tells of the stage that it belongs to, as attributes of that stage's span.
 *
 * Nothing that a server says in words is among them, and nothing that could hold a secret.
 */
import { statusText } from "../smtp/EnhancedStatus.ts"
import type { Reply } from "../smtp/Reply.ts"
import type { Stage } from "../smtp/Stage.ts"
import * as Limits from "./Limits.ts"
import { printable } from "./Printable.ts"
import type { SessionEvent } from "./SessionEvent.ts"

export type StageAttributes = Readonly<Record<string, string | number | boolean>>

export interface StageFacts {
  /** Absent: the stage under way. */
  readonly stage?: Stage
  readonly attributes: StageAttributes
  readonly reply?: Reply
  /** Octets of the message that were handed to the connection. */
  readonly bytes?: number
}

/** Absent: the event tells nothing of a stage. */
export const stageFacts = (event: SessionEvent): StageFacts | undefined => {
  switch (event._tag) {
    case "TlsEstablished": {
      const { protocol, cipher, certificateExpiresAt, unverified, hasClientCertificate } = event.tls
      const attributes = {
        ...{ protocol, cipher, clientCertificate: hasClientCertificate },
        ...(certificateExpiresAt !== undefined && { certificateExpires: certificateExpiresAt }),
        ...(unverified !== undefined && { unverified: printable(unverified) })
      }
      return { stage: "tls", attributes }
    }
    case "BodyProgress":
      return { attributes: {}, bytes: event.bytes }
    case "Noted":
      switch (event.note._tag) {
        case "ReplyTo":
          return { stage: event.note.stage, attributes: {}, reply: event.note.reply }
        case "MechanismChosen":
          return { stage: "auth", attributes: { mechanism: event.note.mechanism } }
        default:
          return undefined
      }
    default:
      return undefined
  }
}

/** How often each code came, with its enhanced status code where there is one: `250 2.1.5` → 3. */
export type ReplyCounts = ReadonlyMap<string, number>

export const noReplies: ReplyCounts = new Map()

export const countReply = (counts: ReplyCounts, { code, enhanced }: Reply): ReplyCounts => {
  const kind = enhanced === undefined ? String(code) : `${code} ${statusText(enhanced)}`
  if (!counts.has(kind) && counts.size >= Limits.replyKinds) return counts
  return new Map(counts).set(kind, (counts.get(kind) ?? 0) + 1)
}

/** `250 2.1.5 (3), 550 5.1.1`, in the order of their first coming. */
export const repliesText = (counts: ReplyCounts): string =>
  [...counts].map(([kind, count]) => (count === 1 ? kind : `${kind} (${count})`)).join(", ")
