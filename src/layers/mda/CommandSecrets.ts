/**
 * Credentials from the configuration, or from the commands that it names.
 *
 * A command is run by its words, in an environment of its own (`Environment.ts`), with standard input from /dev/null and
 * standard error left to the user; the one line that it prints is the secret. It is kept for a while in this process, so
 * that the sessions of a queue run don't ask for it again and again; side by side, they wait for one answer.
 *
 * Source: RFC 4954 §4; esmtprc(5). C esmtp has the password in the file only.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as SynchronizedRef from "effect/SynchronizedRef"
import { parseCommandLine } from "../../domain/mda/CommandLine.ts"
import * as Limits from "../../domain/mda/Limits.ts"
import { HookFailed, type ProgramEnd } from "../../domain/mda/MdaError.ts"
import type { Argv } from "../../domain/mda/MdaTemplate.ts"
import { secretOf } from "../../domain/mda/SecretOutput.ts"
import { faultText } from "../../domain/mda/ShellWords.ts"
import type { AuthPolicy } from "../../domain/smtp/Relay.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { Secrets } from "../../services/Secrets.ts"
import { homeOrRoot, start, untilEnd } from "./ChildProcess.ts"
import { type Account, type Inherited, ofSecretCommand } from "./Environment.ts"

export interface CommandSecretsOptions {
  /** Environment of this process. */
  readonly env: Inherited
  /** Default 120 s: somebody may have to unlock a keyring. */
  readonly timeoutMillis?: number
}

type Source = "password_command" | "oauth2_token_command"
type Secret = Redacted.Redacted<string>

const standardError = 2

/** A password is good until it is changed; after a refusal the queue waits an hour, and then asks anew. A token ages. */
const keepMillis: Record<Source, number> = { password_command: 3_600_000, oauth2_token_command: 300_000 }

/** The command's answer, or how it failed to give one. */
const ask = (
  argv: Argv,
  account: Account,
  options: CommandSecretsOptions
): Effect.Effect<Secret, ProgramEnd> =>
  Effect.gen(function* () {
    const running = yield* start({
      ...argv,
      env: ofSecretCommand(options.env, account),
      directory: homeOrRoot(account.home),
      stdio: ["ignore", "pipe", standardError],
      group: "own",
      outputMaxBytes: Limits.secretBytes
    })
    const { output } = running
    const tooMuch = Effect.zipRight(
      output.overflowed,
      Effect.fail({ _tag: "BadOutput" as const, detail: `more than ${Limits.secretBytes} bytes of output` })
    )
    const end = yield* untilEnd(running, options.timeoutMillis ?? Limits.secretMillis, tooMuch)
    if (end._tag !== "Exited" || end.status !== 0) return yield* Effect.fail(end)
    yield* output.settled
    const secret = secretOf(yield* output.bytes)
    return yield* Either.mapLeft(secret, (detail) => ({ _tag: "BadOutput" as const, detail }))
  }).pipe(Effect.scoped)

/** Of the command only the program is told: what follows may be a secret itself (`echo …`). */
const nameOf = (command: string): string => command.trim().replace(/\s.*$/s, " …")

interface Kept {
  readonly secret: Secret
  readonly untilMillis: number
}

/** Keyed by source and command. */
type Memory = ReadonlyMap<string, Kept>

const makeRecall = (account: Account, options: CommandSecretsOptions) =>
  Effect.map(
    SynchronizedRef.make<Memory>(new Map()),
    (memory) => (hook: Source, command: string) =>
      SynchronizedRef.modifyEffect(memory, (kept) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const key = `${hook} ${command}`
          const known = kept.get(key)
          if (known !== undefined && now < known.untilMillis) return [known.secret, kept] as const
          const argv = yield* Either.mapLeft(parseCommandLine(command), (fault) => ({
            _tag: "NotStarted" as const,
            detail: faultText(fault)
          }))
          const secret = yield* ask(argv, account, options)
          const fresh = { secret, untilMillis: now + keepMillis[hook] }
          return [secret, new Map([...kept, [key, fresh]])] as const
        })
      ).pipe(Effect.mapError((end) => new HookFailed({ hook, command: nameOf(command), end })))
  )

/** Which of the two the named mechanism makes use of; without a name, both. */
const wants = ({ mechanism }: AuthPolicy, what: "password" | "token"): boolean => {
  switch (mechanism) {
    case "auto":
      return true
    case "EXTERNAL":
      return false
    case "XOAUTH2":
    case "OAUTHBEARER":
      return what === "token"
    default:
      return what === "password"
  }
}

/** A password in the file makes `password_command` idle. */
export const make = (options: CommandSecretsOptions) =>
  Effect.gen(function* () {
    const recall = yield* makeRecall(yield* LocalSystem, options)
    return Secrets.of({
      credentials: Effect.fn("secrets")(function* (policy) {
        const { username, passwordCommand, tokenCommand } = policy
        const password =
          policy.password ??
          (passwordCommand !== undefined && wants(policy, "password")
            ? yield* recall("password_command", passwordCommand)
            : undefined)
        const token =
          tokenCommand !== undefined && wants(policy, "token")
            ? yield* recall("oauth2_token_command", tokenCommand)
            : undefined
        return {
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
          ...(token === undefined ? {} : { token })
        }
      })
    })
  })

export const layer = (options: CommandSecretsOptions): Layer.Layer<Secrets, never, LocalSystem> =>
  Layer.effect(Secrets, make(options))
