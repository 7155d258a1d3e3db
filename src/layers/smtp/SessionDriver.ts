/**
 * Carries out what the dialogue decides: moves bytes, upgrades to TLS, fetches credentials, keeps the deadline.
 *
 * Source: `domain/smtp/DialogueTypes.ts`, the contract of both sides.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type { MessageError } from "../../domain/mail/MessageError.ts"
import type { HookFailed } from "../../domain/mda/MdaError.ts"
import type { QueueFailed } from "../../domain/queue/QueueError.ts"
import type { Credentials } from "../../domain/sasl/Sasl.ts"
import * as Dialogue from "../../domain/smtp/Dialogue.ts"
import type { DialogueState } from "../../domain/smtp/DialogueState.ts"
import type {
  DialogueAction,
  DialogueEvent,
  RecipientResult,
  SessionFacts,
  SessionPlan,
  TransactionPlan
} from "../../domain/smtp/DialogueTypes.ts"
import { peerName, type SmtpError, type TlsFailed } from "../../domain/smtp/SmtpError.ts"
import { shownBytes } from "../../domain/smtp/Transcript.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import type { Line } from "../../services/Dialer.ts"
import type { Message } from "../../services/Message.ts"
import * as BodyWriter from "./BodyWriter.ts"
import { type Deadline, turn } from "./Deadline.ts"
import type { Inbox } from "./Inbox.ts"
import { inOrder } from "./inOrder.ts"
import * as StageSpan from "./StageSpan.ts"

export type MessageUnreadable = MessageError | QueueFailed

export type SessionInput =
  | DialogueEvent
  /** The message could not be read to its end. */
  | { readonly _tag: "BodyBroken"; readonly cause: Cause.Cause<MessageUnreadable> }

export interface DriverOptions {
  readonly plan: SessionPlan
  readonly connection: Line
  readonly inbox: Inbox<SessionInput>
  readonly deadline: Deadline<SessionInput>
  readonly record: (event: SessionEvent) => Effect.Effect<void>
  readonly credentials: Effect.Effect<Credentials, HookFailed>
}

/** What the dialogue has come to, the point where it waits for us. */
export interface Outcome {
  readonly ready?: SessionFacts
  readonly results?: ReadonlyArray<RecipientResult>
  readonly error?: SmtpError | HookFailed
  readonly unreadable?: Cause.Cause<MessageUnreadable>
}

/** The session as it stands. */
export interface Driven extends DriverOptions {
  readonly stages: StageSpan.StageSpan
  state: DialogueState
  /** Over without the dialogue's knowledge. */
  isBroken: boolean
  /** The kernel was asked a moment ago, in this turn of the event loop. */
  isCaughtUp: boolean
}

/** From an event of ours to an outcome. */
interface Run {
  readonly message?: Message
  outcome: Outcome
  isOver: boolean
  /** What gives the next event instead of the inbox. */
  follow?: Effect.Effect<SessionInput, TlsFailed>
  /** Of a body that takes its time. */
  writing?: Fiber.Fiber<void>
}

/** Of what is done when it is called, what is left to do. */
type Performed = Effect.Effect<void>

/** A peer that takes nothing does not hold up the end of the program for longer than this. */
const partingDuration = Duration.seconds(1)

const isArrival = ({ _tag }: SessionInput): boolean => _tag === "Received" || _tag === "Closed"

export const make = (options: DriverOptions, isTraced: boolean): Driven => {
  const { peer } = options.plan
  const { address } = peer
  const stages = StageSpan.make(
    { relay: peerName(peer), ...(address !== undefined && { address }) },
    isTraced
  )
  return {
    ...options,
    stages,
    record: (event) => {
      stages.observe(event)
      return options.record(event)
    },
    state: Dialogue.start(options.plan).state,
    isBroken: false,
    isCaughtUp: false
  }
}

const nextInput = ({ deadline }: Driven): Effect.Effect<SessionInput> =>
  Effect.map(deadline.next, (event): SessionInput => event ?? { _tag: "DeadlinePassed" })

/** The handshake counts against the deadline that the dialogue armed. */
const upgraded = (driven: Driven): Effect.Effect<SessionInput, TlsFailed> =>
  Effect.gen(function* () {
    const left = driven.deadline.remainingMillis() ?? Number.POSITIVE_INFINITY
    const tls = yield* Effect.timeoutOption(driven.connection.upgrade, Duration.millis(left))
    if (Option.isNone(tls)) return { _tag: "DeadlinePassed" }
    if (Option.isNone(tls.value)) return yield* nextInput(driven)
    yield* driven.record({ _tag: "TlsEstablished", tls: tls.value.value })
    return { _tag: "TlsEstablished", tls: tls.value.value }
  })

const fetched = ({ credentials }: Driven): Effect.Effect<SessionInput> =>
  Effect.map(Effect.either(credentials), (result) => ({ _tag: "CredentialsReady", credentials: result }))

type SendAction = Extract<DialogueAction, { readonly _tag: "Send" }>

const send = ({ connection, record }: Driven, run: Run, { bytes, masked, messageBytes }: SendAction) => {
  connection.write([bytes])
  const sent = () => record({ _tag: "Sent", text: masked })
  const { message } = run
  return messageBytes === undefined || message === undefined
    ? sent()
    : inOrder([
        sent,
        () => record({ _tag: "HeaderSent", bytes: message.header.wire }),
        () => record({ _tag: "BodyProgress", bytes: messageBytes })
      ])
}

/** In a fiber of its own: the peer may refuse, or go, in the middle. */
const forkBody = (run: Run, inbox: Inbox<SessionInput>, writing: Effect.Effect<void, MessageUnreadable>) =>
  writing.pipe(
    Effect.catchAllCause((cause) =>
      Effect.sync(() => {
        if (!Cause.isInterruptedOnly(cause)) inbox.push({ _tag: "BodyBroken", cause })
      })
    ),
    Effect.interruptible,
    Effect.forkDaemon,
    Effect.tap((fiber) =>
      Effect.sync(() => {
        run.writing = fiber
      })
    ),
    Effect.asVoid,
    Effect.uninterruptible
  )

const startBody = (driven: Driven, run: Run, framing: "dot" | "bdat"): Performed => {
  const { connection, inbox, record } = driven
  const { message } = run
  if (message === undefined) return Effect.dieMessage("body outside a transaction")
  const target: BodyWriter.BodyTarget = { connection, tell: inbox.push, record }
  return message.whole === undefined
    ? forkBody(run, inbox, BodyWriter.write(message, framing, target))
    : BodyWriter.writeWhole(message.whole, message.header.wire, framing, target)
}

const end = (run: Run, outcome: Outcome): void => {
  run.isOver = true
  run.outcome = { ...run.outcome, ...outcome }
}

const perform = (driven: Driven, run: Run, action: DialogueAction): Performed => {
  const { connection, deadline, record, stages } = driven
  switch (action._tag) {
    case "Send":
      return send(driven, run, action)
    case "Arm":
      deadline.arm(action.millis)
      // Each block of a body arms it anew.
      if (stages.isIn(action.stage)) return Effect.void
      return inOrder([
        () => stages.enter(action.stage),
        () => record({ _tag: "DeadlineArmed", stage: action.stage, millis: action.millis })
      ])
    case "Disarm":
      deadline.disarm()
      return stages.leave()
    case "StartTls":
      run.follow = upgraded(driven)
      return Effect.void
    case "NeedCredentials":
      run.follow = fetched(driven)
      return Effect.void
    case "SendBody":
      return startBody(driven, run, action.framing)
    case "Note":
      return record({ _tag: "Noted", note: action.note })
    case "Ready":
      end(run, { ready: action.session })
      return record({ _tag: "Ready", session: action.session })
    case "Finished":
      end(run, { results: action.results })
      return record({ _tag: "TransactionFinished", results: action.results })
    case "Fail":
      end(run, { error: action.error })
      connection.destroy()
      return stages.leave(action.error)
    case "Close":
      end(run, {})
      connection.destroy()
      return stages.leave()
  }
}

const received = (driven: Driven, event: DialogueEvent): Performed => {
  if (event._tag !== "Received") return Effect.void
  driven.connection.consumed(event.bytes.length)
  return driven.record({ _tag: "Received", bytes: shownBytes(driven.state, event.bytes) })
}

const take = (driven: Driven, run: Run, event: DialogueEvent): Performed =>
  inOrder([
    () => received(driven, event),
    () => {
      const step = Dialogue.step(driven.state, event)
      driven.state = step.state
      return inOrder(step.actions.map((action) => () => perform(driven, run, action)))
    }
  ])

const abort = (driven: Driven, cause: unknown): Effect.Effect<void> =>
  Effect.suspend(() => {
    driven.isBroken = true
    driven.connection.destroy()
    return driven.stages.leave(cause)
  })

/** From event to event. What is here already is taken without a step of the runtime. */
const follow = (driven: Driven, run: Run, first: DialogueEvent): Effect.Effect<Outcome> =>
  Effect.gen(function* () {
    let event: SessionInput = first
    while (true) {
      if (event._tag === "BodyBroken") {
        yield* abort(driven, Cause.squash(event.cause))
        return { unreadable: event.cause }
      }
      const performed = take(driven, run, event)
      if (performed !== Effect.void) yield* performed
      if (run.isOver) return run.outcome
      const here = run.follow === undefined ? driven.deadline.ready() : undefined
      if (here !== undefined) {
        event = here
        continue
      }
      const next: Either.Either<SessionInput, TlsFailed> = yield* Effect.either(
        run.follow ?? nextInput(driven)
      )
      delete run.follow
      if (Either.isLeft(next)) {
        yield* abort(driven, next.left)
        return { error: next.left }
      }
      event = next.right
    }
  })

/**
 * Feeds the dialogue until it waits for us. A message that breaks off, or an interruption, must not end the message on the
 * wire: only the end of the connection says that.
 */
const drive = (driven: Driven, first: DialogueEvent, message?: Message): Effect.Effect<Outcome> =>
  Effect.suspend(() => {
    const run: Run = { outcome: {}, isOver: false, ...(message === undefined ? {} : { message }) }
    return Effect.onExit(follow(driven, run, first), (exit) => {
      const ended = Exit.isSuccess(exit) ? Effect.void : abort(driven, Cause.squash(exit.cause))
      return run.writing === undefined ? ended : Effect.zipRight(Fiber.interrupt(run.writing), ended)
    })
  })

/** From the greeting until the session is ready, or over. */
export const begin = (driven: Driven): Effect.Effect<Outcome> => drive(driven, { _tag: "Connected" })

/** What the peer said while nothing was asked. */
const catchUp = (driven: Driven): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (!driven.isCaughtUp) yield* turn
    const run: Run = { outcome: {}, isOver: false }
    for (let event = driven.inbox.shift(); event !== undefined; event = driven.inbox.shift()) {
      if (event._tag !== "BodyBroken") yield* take(driven, run, event)
    }
  })

/** One transaction. Always gives results, unless the message can't be read. */
export const deliver = (
  driven: Driven,
  transaction: TransactionPlan,
  message: Message
): Effect.Effect<Outcome> =>
  Effect.zipRight(catchUp(driven), drive(driven, { _tag: "Deliver", transaction }, message))

const isQuiet = ({ isBroken, connection, inbox }: Driven): boolean =>
  !isBroken && connection.isOpen() && !inbox.some(isArrival)

export const isUsable = (driven: Driven): Effect.Effect<boolean> =>
  Effect.map(turn, () => {
    driven.isCaughtUp = true
    setImmediate(() => {
      driven.isCaughtUp = false
    })
    return isQuiet(driven) && Dialogue.canDeliver(driven.state)
  })

/** Says QUIT if there is somebody to say it to, and closes without waiting for the answer: nothing depends on it. */
export const close = (driven: Driven): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (!isQuiet(driven) || !Dialogue.isIdle(driven.state)) return
    yield* take(driven, { outcome: {}, isOver: false }, { _tag: "Quit" })
    yield* Effect.timeoutOption(Effect.interruptible(driven.connection.finish), partingDuration)
  }).pipe(
    Effect.ensuring(
      Effect.suspend(() => {
        driven.connection.destroy()
        return driven.stages.leave()
      })
    )
  )
