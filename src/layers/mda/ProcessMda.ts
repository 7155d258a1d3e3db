/**
 * The MDA as a child program: the message on its standard input, its verdict in its exit status.
 *
 * The message is the header block as read and the body, with LF line ends. A program that stops reading early is not at
 * fault: only its status counts. If the message can't be read to its end, the MDA is not started.
 *
 * Source: esmtp: local.c; sysexits(3); postfix: pipe(8), local(8) (environment, time limit 1000 s).
 * Deviations: no shell unless the template needs one; exit 75 is told apart (`queue/Severity.ts`); what the MDA prints
 * is kept for the report instead of going to the caller's output.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type { Settings } from "../../domain/config/Settings.ts"
import type { Receipt } from "../../domain/mail/Outcome.ts"
import { MdaFailed, type ProgramEnd } from "../../domain/mda/MdaError.ts"
import {
  type Argv,
  displayText,
  type MdaTemplate,
  type MdaValues,
  parse,
  toArgv
} from "../../domain/mda/MdaTemplate.ts"
import { faultText } from "../../domain/mda/ShellWords.ts"
import { Config } from "../../services/Config.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { MdaRunner } from "../../services/MdaRunner.ts"
import type { Message } from "../../services/Message.ts"
import { TrafficLog } from "../../services/TrafficLog.ts"
import { homeOrRoot, start, untilEnd } from "./ChildProcess.ts"
import { type Account, type Inherited, ofMda } from "./Environment.ts"
import * as MessageFile from "./MessageFile.ts"

export interface ProcessMdaOptions {
  /** Environment of this process, of which the MDA sees the time zone and the language. */
  readonly env: Inherited
  /** Default 1000 s, as in Postfix. */
  readonly timeoutMillis?: number
}

const defaultTimeoutMillis = 1_000_000
const outputMaxBytes = 4096
/** Whatever the caller's: mail is nobody else's business. */
const privateUmask = 0o077

type Recorder = Context.Tag.Service<TrafficLog>["record"]

interface Command extends Argv {
  readonly display: string
  readonly values: MdaValues
}

const notStarted = (detail: string): ProgramEnd => ({ _tag: "NotStarted", detail })

/** `force_mda` stands for whomever the message is for. */
const valuesOf = (settings: Settings, sender: string, recipients: ReadonlyArray<string>): MdaValues => ({
  sender,
  recipients: settings.forceMda === undefined ? recipients : [settings.forceMda]
})

const argvOf = (template: MdaTemplate, values: MdaValues): Either.Either<Command, MdaFailed> => {
  const display = displayText(template, values)
  return Either.mapBoth(toArgv(template, values), {
    onLeft: ({ address, because }) =>
      new MdaFailed({ reason: "BadRecipient", command: display, detail: `<${address}> ${because}` }),
    onRight: (argv) => ({ ...argv, display, values })
  })
}

const commandOf = (settings: Settings, values: MdaValues): Either.Either<Command, MdaFailed> => {
  const { mda } = settings
  if (mda === undefined) return Either.left(new MdaFailed({ reason: "NoMda" }))
  return Either.flatMap(
    Either.mapLeft(
      parse(mda),
      (fault) => new MdaFailed({ reason: "Failed", command: mda, end: notStarted(faultText(fault)) })
    ),
    (template) => argvOf(template, values)
  )
}

interface MdaRun {
  readonly end: ProgramEnd
  readonly output: string
}

const makeRun = (account: Account, options: ProcessMdaOptions, record: Recorder) =>
  Effect.fnUntraced(function* (command: Command, recipients: ReadonlyArray<string>, message: Message) {
    const { display, values } = command
    const input = yield* MessageFile.make(message)
    const started = yield* Effect.either(
      start({
        file: command.file,
        args: command.args,
        env: ofMda(options.env, account, values.sender, recipients),
        directory: homeOrRoot(account.home),
        stdio: [input, "pipe", "pipe"],
        group: "own",
        umask: privateUmask,
        outputMaxBytes
      })
    )
    if (Either.isLeft(started)) return { end: notStarted(started.left.detail), output: "" }
    const running = started.right
    const { output } = running
    yield* record({ _tag: "MdaStarted", command: display })
    const ended = yield* untilEnd(running, options.timeoutMillis ?? defaultTimeoutMillis, Effect.void)
    yield* output.settled
    yield* record({ _tag: "MdaFinished", command: display })
    return { end: ended, output: new TextDecoder().decode(yield* output.bytes) }
  }, Effect.scoped)

const isDelivered = (end: ProgramEnd): boolean => end._tag === "Exited" && end.status === 0

const verdict = (command: string, { end, output }: MdaRun): Effect.Effect<Receipt, MdaFailed> => {
  if (isDelivered(end)) return Effect.succeed({ _tag: "DeliveredLocally", command })
  const printed = output === "" ? {} : { output }
  return Effect.fail(new MdaFailed({ reason: "Failed", command, end, ...printed }))
}

export const layer = (
  options: ProcessMdaOptions
): Layer.Layer<MdaRunner, never, Config | LocalSystem | TrafficLog> =>
  Layer.effect(
    MdaRunner,
    Effect.gen(function* () {
      const settings = yield* Config
      const account = yield* LocalSystem
      const { record } = yield* TrafficLog
      const run = makeRun(account, options, record)
      return MdaRunner.of({
        deliver: Effect.fn("mda")(function* (reversePath, recipients, message) {
          const values = valuesOf(settings, reversePath, recipients)
          const command = yield* commandOf(settings, values)
          yield* Effect.annotateCurrentSpan({ command: command.display })
          const ran = yield* run(command, recipients, message)
          if (ran.output !== "") {
            yield* Effect.logDebug("MDA printed").pipe(Effect.annotateLogs({ output: ran.output }))
          }
          return yield* verdict(command.display, ran)
        })
      })
    })
  )
