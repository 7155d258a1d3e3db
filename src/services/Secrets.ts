/** Gets the credentials of a relay at the moment AUTH needs them. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { HookFailed } from "../domain/mda/MdaError.ts"
import type { Credentials } from "../domain/sasl/Sasl.ts"
import type { AuthPolicy } from "../domain/smtp/Relay.ts"

export class Secrets extends Context.Tag("esmtp/services/Secrets")<
  Secrets,
  {
    /** Runs `password_command` or `oauth2_token_command` if there is one; nobody retries. */
    readonly credentials: (policy: AuthPolicy) => Effect.Effect<Credentials, HookFailed>
  }
>() {}
