/** The digests that SASL mechanisms ask for. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SaslCrypto } from "../domain/sasl/Sasl.ts"

export class SaslDigests extends Context.Tag("esmtp/services/SaslDigests")<
  SaslDigests,
  {
    /** Run once a session, before AUTH can need it. */
    readonly load: Effect.Effect<SaslCrypto>
  }
>() {}
