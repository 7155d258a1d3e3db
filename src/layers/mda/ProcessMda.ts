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
import * as Limits from "../../domain/mda/Limits.ts"
import { commandFor, type MdaCommand, receiptOf } from "../../domain/mda/MdaCommand.ts"
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

/** Whatever the caller's: mail is nobody else's business. */
const privateUmask = 0o077

type Recorder = Context.Tag.Service<TrafficLog>["record"]

const makeRun = (account: Account, options: ProcessMdaOptions, record: Recorder) =>
  Effect.fnUntraced(function* (command: MdaCommand, recipients: ReadonlyArray<string>, message: Message) {
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
        outputMaxBytes: Limits.outputBytes
      })
    )
    if (Either.isLeft(started))
      return { end: { _tag: "NotStarted", detail: started.left.detail } as const, output: "" }
    const running = started.right
    const { output } = running
    yield* record({ _tag: "MdaStarted", command: display })
    const ended = yield* untilEnd(running, options.timeoutMillis ?? Limits.mdaMillis, Effect.void)
    yield* output.settled
    yield* record({ _tag: "MdaFinished", command: display })
    return { end: ended, output: new TextDecoder().decode(yield* output.bytes) }
  }, Effect.scoped)

export const make = (options: ProcessMdaOptions) =>
  Effect.gen(function* () {
    const settings = yield* Config
    const account = yield* LocalSystem
    const { record } = yield* TrafficLog
    const run = makeRun(account, options, record)
    return MdaRunner.of({
      deliver: Effect.fn("mda")(function* (reversePath, recipients, message) {
        const command = yield* commandFor(settings, reversePath, recipients)
        yield* Effect.annotateCurrentSpan({ command: command.display })
        const ran = yield* run(command, recipients, message)
        if (ran.output !== "") {
          yield* Effect.logDebug("MDA printed").pipe(Effect.annotateLogs({ output: ran.output }))
        }
        return yield* receiptOf(command.display, ran.end, ran.output)
      })
    })
  })

export const layer = (
  options: ProcessMdaOptions
): Layer.Layer<MdaRunner, never, Config | LocalSystem | TrafficLog> => Layer.effect(MdaRunner, make(options))
