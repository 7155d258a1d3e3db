/** The user's machine in a story: who he is, what he types, what he sees, and the programs that esmtp would start. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { MessageError } from "../../../src/domain/mail/MessageError.ts"
import { HookFailed, MdaFailed, type ProgramEnd } from "../../../src/domain/mda/MdaError.ts"
import * as MdaTemplate from "../../../src/domain/mda/MdaTemplate.ts"
import { Config } from "../../../src/services/Config.ts"
import { Hooks } from "../../../src/services/Hooks.ts"
import { LocalSystem } from "../../../src/services/LocalSystem.ts"
import { MdaRunner } from "../../../src/services/MdaRunner.ts"
import { Secrets } from "../../../src/services/Secrets.ts"
import { StandardInput } from "../../../src/services/StandardInput.ts"
import { StandardStreams } from "../../../src/services/StandardStreams.ts"
import type { Step, World } from "./Story.ts"

export const system = (home: string): Layer.Layer<LocalSystem> =>
  Layer.succeed(
    LocalSystem,
    LocalSystem.of({
      userName: "ada",
      fullName: "Ada Lovelace",
      home,
      hostName: "laptop.example.org",
      utcOffsetMinutes: () => 0,
      processId: 1
    })
  )

const encoder = new TextEncoder()

export const input = (stdin: NonNullable<Step["stdin"]>): Layer.Layer<StandardInput> => {
  const message =
    typeof stdin === "string"
      ? Stream.make(encoder.encode(stdin))
      : Stream.fail(new MessageError({ reason: stdin.failing, detail: "the story's input failed" }))
  return Layer.succeed(StandardInput, StandardInput.of({ isTerminal: false, message: () => message }))
}

/** What was printed, by stream. */
export interface Printed {
  out: string
  error: string
}

export const streams = (printed: Printed): Layer.Layer<StandardStreams> => {
  const decode = (text: string | Uint8Array) =>
    typeof text === "string" ? text : Buffer.from(text).toString("utf8")
  return Layer.succeed(
    StandardStreams,
    StandardStreams.of({
      out: (text) =>
        Effect.sync(() => {
          printed.out += decode(text)
        }),
      error: (text) =>
        Effect.sync(() => {
          printed.error += text
        }),
      errorIsTerminal: false,
      outIsTerminal: false,
      confirm: () => Effect.succeed(true)
    })
  )
}

export interface LocalMail {
  readonly to: ReadonlyArray<string>
  readonly text: string
}

const endOf = (status: number | "absent"): ProgramEnd =>
  status === "absent" ? { _tag: "NotStarted", detail: "no such program" } : { _tag: "Exited", status }

/** Its command line is made as the real one makes it; the program at its end is the story's. */
export const mda = (
  statuses: World["mda"],
  taken: Array<LocalMail>
): Layer.Layer<MdaRunner, never, Config> => {
  let runs = 0
  return Layer.effect(
    MdaRunner,
    Effect.gen(function* () {
      const settings = yield* Config
      return MdaRunner.of({
        deliver: (sender, recipients, message) =>
          Effect.gen(function* () {
            if (settings.mda === undefined) return yield* new MdaFailed({ reason: "NoMda" })
            const command = settings.mda
            const template = yield* Either.mapLeft(
              MdaTemplate.parse(command),
              () => new MdaFailed({ reason: "Failed", command, end: endOf("absent") })
            )
            const argv = MdaTemplate.toArgv(template, { sender, recipients })
            if (Either.isLeft(argv)) {
              return yield* new MdaFailed({ reason: "BadRecipient", command, detail: argv.left.because })
            }
            const status = statuses?.[Math.min(runs, statuses.length - 1)] ?? 0
            runs += 1
            if (status !== 0) return yield* new MdaFailed({ reason: "Failed", command, end: endOf(status) })
            const body = yield* Stream.runCollect(message.body)
            const text = Buffer.concat([message.header.local, ...body]).toString("latin1")
            taken.push({ to: recipients, text })
            return { _tag: "DeliveredLocally" as const, command }
          })
      })
    })
  )
}

export const programs = (status: number): Layer.Layer<Hooks | Secrets> => {
  const end = endOf(status)
  const hooks = Hooks.of({
    run: (hook, command) => (status === 0 ? Effect.void : new HookFailed({ hook, command, end }))
  })
  const secrets = Secrets.of({
    credentials: ({ password, passwordCommand, username }) =>
      passwordCommand !== undefined && status !== 0
        ? new HookFailed({ hook: "password_command", command: passwordCommand, end })
        : Effect.succeed({
            ...(username !== undefined && { username }),
            ...(password !== undefined && { password })
          })
  })
  return Layer.merge(Layer.succeed(Hooks, hooks), Layer.succeed(Secrets, secrets))
}
