/** `Secrets` that run no command: the password of the configuration, or the answer that the script has for the moment. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { HookFailed } from "../../domain/mda/MdaError.ts"
import { isWithin } from "../../domain/simulation/RelayScript.ts"
import type { SecretScript } from "../../domain/simulation/World.ts"
import { Secrets } from "../../services/Secrets.ts"

type Command = SecretScript["command"]

/** Where the script has none for this command at all. */
const invented = "simulated"

/** A command that the script knows answers in its time only. */
const answerOf = (
  scripts: ReadonlyArray<SecretScript>,
  command: Command
): Effect.Effect<Redacted.Redacted<string>, HookFailed> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const own = scripts.filter((script) => script.command === command)
    const current = own.find((script) => isWithin(script, now))
    if (own.length > 0 && current === undefined)
      return yield* new HookFailed({
        hook: command,
        command: "simulated",
        end: { _tag: "Exited", status: 1 }
      })
    return Redacted.make(current?.answer ?? invented)
  })

export const layer = (scripts: ReadonlyArray<SecretScript>): Layer.Layer<Secrets> =>
  Layer.succeed(
    Secrets,
    Secrets.of({
      credentials: Effect.fn("secrets")(function* (policy) {
        const { passwordCommand, tokenCommand, username } = policy
        const password =
          policy.password ??
          (passwordCommand === undefined ? undefined : yield* answerOf(scripts, "password_command"))
        const token =
          tokenCommand === undefined ? undefined : yield* answerOf(scripts, "oauth2_token_command")
        return {
          ...(username === undefined ? {} : { username }),
          ...(password === undefined ? {} : { password }),
          ...(token === undefined ? {} : { token })
        }
      })
    })
  )
