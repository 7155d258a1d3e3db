/**
 * What a process does before it reads a configuration, a secret or a message: closes what could carry them off, gives up
 * what rights it has beyond its caller's, and, where its environment has harmed it already, starts again without.
 */
import { writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import type { ConfigError } from "../../domain/config/ConfigError.ts"
import * as Rights from "../../domain/process/Rights.ts"
import { restartFor } from "../../domain/process/StartEnvironment.ts"
import * as Defects from "./Defects.ts"
import * as Discretion from "./Discretion.ts"
import { giveUp, provenGone } from "./GivingUp.ts"
import { idsOfProcess, type OwnProcess } from "./ownProcess.ts"
import { restart } from "./Restart.ts"
import * as Signals from "./Signals.ts"

const warnOfIgnored = (names: ReadonlyArray<string>): void => {
  if (names.length === 0) return
  writeSync(2, `esmtp: ${names.join(", ")} ignored: esmtp has more rights than its caller\n`)
}

/** Fails where the rights can't be given up for good. Does not end where another process takes over. */
export const begin = (own: OwnProcess): Effect.Effect<void, ConfigError> =>
  Effect.gen(function* () {
    Defects.begin()
    Discretion.begin(own)
    Signals.begin()
    const ids = idsOfProcess()
    const givenUp = Rights.givenUp(own.env)
    if (givenUp !== undefined) yield* provenGone(givenUp, own.execPath)
    const plan = restartFor(ids, own.env)
    if (plan === undefined) return
    if (plan.givesUpRights) yield* giveUp(ids, own.execPath)
    warnOfIgnored(plan.ignored)
    return yield* restart(own, plan)
  })

export const isRestricted = (env: Rights.Variables): boolean => Rights.isRestricted(idsOfProcess(), env)
