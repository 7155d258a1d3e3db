/** A message as a program hands it over: what `sendmail` is told by flags and standard input. */
import * as Either from "effect/Either"
import * as Stream from "effect/Stream"
import { withoutControls } from "../domain/invocation/ArgumentText.ts"
import { parseEnvid } from "../domain/invocation/DsnArguments.ts"
import type { SubmitRequest } from "../domain/invocation/Invocation.ts"
import type { UsageError } from "../domain/invocation/UsageError.ts"
import type { BodyType, Notify } from "../domain/mail/Envelope.ts"
import { MessageError } from "../domain/mail/MessageError.ts"

export interface Mail {
  /**
   * Header fields, an empty line, the body; any line ends. Missing Date, From and Message-ID fields are added, Bcc is
   * removed. A text is sent as UTF-8. A stream is read once, and never held in memory as a whole.
   */
  readonly message: string | Uint8Array | Stream.Stream<Uint8Array, unknown>
  /**
   * Who receives it: addresses, with or without a display name. Absent: those of To, Cc and Bcc. If you give addresses,
   * the header is not looked at for others (a Bcc there is removed, and gets nothing).
   */
  readonly to?: string | ReadonlyArray<string>
  /**
   * The reverse-path, to which bounces go; `""` for none. It chooses the identity. Absent: the From field, where the
   * recipients are taken from the header too; else the default identity's address.
   */
  readonly from?: string
  /** Display name of a From field that has to be added. */
  readonly fullName?: string
  /** Which delivery reports are asked for (RFC 3461). */
  readonly notify?: Notify
  /** How much of the message a report returns. */
  readonly ret?: "FULL" | "HDRS"
  /** Comes back in reports: printable US-ASCII. */
  readonly envid?: string
  /** Absent: declared from the content. */
  readonly body?: BodyType
}

type Requested = Either.Either<SubmitRequest, UsageError>

const operandsOf = ({ to }: Mail): ReadonlyArray<string> =>
  to === undefined ? [] : typeof to === "string" ? [to] : to

/** Addresses are judged where they are parsed; everything else that could break a line is judged here. */
export const requestOf = (mail: Mail, deliveryMode: SubmitRequest["deliveryMode"]): Requested =>
  Either.gen(function* () {
    const { body, from, notify, ret } = mail
    const fullName =
      mail.fullName === undefined ? undefined : yield* withoutControls("fullName", mail.fullName)
    const envid = mail.envid === undefined ? undefined : yield* parseEnvid(mail.envid)
    return {
      recipientsFromHeader: mail.to === undefined,
      operands: operandsOf(mail),
      ignoreDots: true,
      ...(deliveryMode !== undefined && { deliveryMode }),
      ...(from !== undefined && { sender: from }),
      ...(fullName !== undefined && { fullName }),
      ...(envid !== undefined && { envid }),
      ...(notify !== undefined && { notify }),
      ...(ret !== undefined && { ret }),
      ...(body !== undefined && { body })
    }
  })

const unreadable = (cause: unknown): MessageError =>
  cause instanceof MessageError
    ? cause
    : new MessageError({
        reason: "Unreadable",
        detail: cause instanceof Error ? cause.message : "the stream of the message failed",
        cause
      })

export const octetsOf = ({ message }: Mail): Stream.Stream<Uint8Array, MessageError> => {
  if (typeof message === "string") return Stream.make(new TextEncoder().encode(message))
  return message instanceof Uint8Array ? Stream.make(message) : Stream.mapError(message, unreadable)
}
