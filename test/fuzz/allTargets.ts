/** Everything that is fuzzed. */
import type { Target } from "./Target.ts"
import { localTargets } from "./targets/local.ts"
import { mailTargets } from "./targets/mail.ts"
import { saslTargets } from "./targets/sasl.ts"
import { smtpTargets } from "./targets/smtp.ts"

export const targets: ReadonlyArray<Target> = [
  ...smtpTargets,
  ...saslTargets,
  ...mailTargets,
  ...localTargets
]
