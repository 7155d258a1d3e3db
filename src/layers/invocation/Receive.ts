/**
 * `-bs`: an SMTP session on standard input and output, as mailers speak it that would rather hear a reply for each
 * recipient than read an exit status.
 *
 * Source: sendmail(8) (`-bs`); RFC 5321 §3.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { SubmitRequest } from "../../domain/invocation/Invocation.ts"
import { SysExit } from "../../domain/invocation/SysExit.ts"
import type { EsmtpError } from "../../domain/invocation/SysExits.ts"
import { fromBytes, toText } from "../../domain/mail/ByteString.ts"
import { MessageError } from "../../domain/mail/MessageError.ts"
import * as DotUnstuffing from "../../domain/reception/DotUnstuffing.ts"
import * as Limits from "../../domain/reception/Limits.ts"
import * as Reception from "../../domain/reception/Reception.ts"
import { errorReply, outcomesReply, queuedReply } from "../../domain/reception/TakenReply.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { StandardInput } from "../../services/StandardInput.ts"
import { StandardStreams } from "../../services/StandardStreams.ts"
import { Submission } from "../../services/Submission.ts"

/** What the client has sent and nobody has read yet. */
interface Input {
  readonly pull: Effect.Effect<Uint8Array, Option.Option<MessageError>>
  pending: Uint8Array
  /** Of the last command. */
  lineEnd: DotUnstuffing.LineEnd
  /** Present: a message is under way. */
  framing?: DotUnstuffing.DotUnstuffing
}

const nothing = new Uint8Array(0)

const openInput: Effect.Effect<Input, never, StandardInput | Scope.Scope> = Effect.gen(function* () {
  const { message } = yield* StandardInput
  const pull = yield* Stream.toPull(message({ ignoreDots: true }))
  return {
    pull: Effect.map(pull, (chunks) => {
      const parts = Chunk.toReadonlyArray(chunks)
      return parts.length === 1 ? (parts[0] ?? nothing) : Buffer.concat(parts)
    }),
    pending: nothing,
    lineEnd: "CRLF"
  }
})

const lf = 0x0a
const cr = 0x0d

/** None: the input has ended. A line that is too long is read over, and is undefined. */
const nextLine = (input: Input): Effect.Effect<Option.Option<string | undefined>, MessageError> =>
  Effect.gen(function* () {
    let isTooLong = false
    while (true) {
      const end = input.pending.indexOf(lf)
      if (end >= 0) {
        const isCrlf = end > 0 && input.pending[end - 1] === cr
        const line = input.pending.subarray(0, isCrlf ? end - 1 : end)
        input.pending = input.pending.subarray(end + 1)
        input.lineEnd = isCrlf ? "CRLF" : "LF"
        return Option.some(isTooLong || line.length > Limits.lineBytes ? undefined : toText(fromBytes(line)))
      }
      // A CR at its end may be half of the line end.
      if (input.pending.length > Limits.lineBytes + 1) {
        isTooLong = true
        input.pending = nothing
      }
      const before = input.pending.slice()
      const more = yield* Effect.either(input.pull)
      if (Either.isLeft(more))
        return yield* Option.match(more.left, { onNone: () => atEnd, onSome: Effect.fail })
      input.pending = before.length === 0 ? more.right : Buffer.concat([before, more.right])
    }
  })

const atEnd = Effect.succeed(Option.none<string | undefined>())

const cutShort = () =>
  Option.some(
    new MessageError({ reason: "Interrupted", detail: "the input ended in the middle of a message" })
  )

const nextPieces = (input: Input): Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<MessageError>> =>
  Effect.gen(function* () {
    if (input.framing === undefined) return yield* Effect.fail(Option.none())
    if (input.pending.length === 0) {
      input.pending = yield* Effect.mapError(input.pull, Option.orElse(cutShort))
    }
    const { state, pieces, rest } = DotUnstuffing.step(input.framing, input.pending)
    if (rest === undefined) input.framing = state
    else delete input.framing
    input.pending = rest ?? nothing
    return Chunk.unsafeFromArray(pieces)
  })

/** From where the input stands to the end of the message. */
const messageIn = (input: Input): Stream.Stream<Uint8Array, MessageError> =>
  Stream.repeatEffectChunkOption(nextPieces(input))

/** A message that ends too soon was never handed over; any other fault of it is for the client to hear of. */
const takeMessage = (input: Input, request: SubmitRequest) =>
  Effect.gen(function* () {
    const submission = yield* Submission
    input.framing = DotUnstuffing.start(input.lineEnd)
    const taken = yield* Effect.either(submission.submit(request, messageIn(input)))
    yield* Stream.runDrain(messageIn(input))
    if (Either.isLeft(taken)) return errorReply(taken.left)
    return taken.right._tag === "Queued" ? queuedReply(taken.right.id) : outcomesReply(taken.right.outcomes)
  })

const requestOf = (
  given: SubmitRequest,
  { sender, recipients, body }: Reception.Transaction
): SubmitRequest => ({
  ...given,
  sender,
  operands: recipients,
  ...(body !== undefined && { body })
})

/** `request`: what the command line says for every message. Fails when the input can't be read, or ends in a message. */
export const receive = (
  request: SubmitRequest
): Effect.Effect<SysExit, MessageError, Submission | StandardInput | StandardStreams | LocalSystem> =>
  Effect.gen(function* () {
    const { hostName } = yield* LocalSystem
    const { out } = yield* StandardStreams
    const input = yield* openInput
    let step = Reception.start(hostName)
    while (true) {
      yield* out(step.replies)
      if (step.next === "end") return SysExit.Ok
      if (step.next === "abandon") return SysExit.Protocol
      if (step.next === "message" && step.state.transaction !== undefined) {
        const reply = yield* takeMessage(input, requestOf(request, step.state.transaction))
        step = Reception.messageTaken(step.state, reply)
        continue
      }
      const line = yield* nextLine(input)
      if (Option.isNone(line)) return SysExit.Ok
      step = Reception.step(step.state, line.value)
    }
  }).pipe(Effect.scoped)

/** In place of a greeting. */
export const tellUnready = (error: EsmtpError): Effect.Effect<never, EsmtpError, StandardStreams> =>
  Effect.gen(function* () {
    const { out } = yield* StandardStreams
    yield* out("421 4.3.5 not ready: see standard error\r\n")
    return yield* error
  })
