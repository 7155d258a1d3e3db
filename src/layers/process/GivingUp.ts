/**
 * Gives up for good what rights the program's file gave the process beyond its caller's.
 *
 * Node sets the effective ids; the saved ones follow when the program starts again, as it does. So a program that starts
 * again from a file with such a bit would have them back, and is refused.
 *
 * Source: credentials(7), setgid(2), execve(2); esmtp: main.c (`setregid`); exim: CVE-2011-0017 (results unchecked).
 */
import { statSync } from "node:fs"
import * as Either from "effect/Either"
import { ConfigError } from "../../domain/config/ConfigError.ts"
import { type GivenUp, hasMoreRights, type UserIds } from "../../domain/process/Rights.ts"
import { idsOfProcess } from "./ownProcess.ts"

const setIdBits = 0o6000

const refused = (execPath: string, detail: string): ConfigError =>
  new ConfigError({ path: execPath, reason: "Unsafe", detail })

const call = (execPath: string, act: () => unknown): Either.Either<unknown, ConfigError> =>
  Either.try({
    try: act,
    catch: (cause) =>
      refused(
        execPath,
        `can't give up the rights it was started with: ${cause instanceof Error ? cause.message : cause}`
      )
  })

/** The group first: without the user's rights it could not be changed. */
export const giveUp = ({ uid, gid }: UserIds, execPath: string): Either.Either<unknown, ConfigError> =>
  Either.flatMap(
    call(execPath, () => {
      process.setgid?.(gid)
      process.setuid?.(uid)
      return statSync(execPath).mode
    }),
    (mode) => {
      if (hasMoreRights(idsOfProcess()))
        return Either.left(refused(execPath, "still has more rights than its caller"))
      return typeof mode === "number" && (mode & setIdBits) === 0
        ? Either.void
        : Either.left(refused(execPath, "must not have the set-user-ID or set-group-ID bit: chmod ug-s"))
    }
  )

const succeeds = (act: () => unknown): boolean => {
  try {
    act()
    return true
  } catch {
    return false
  }
}

/** Fails where what was given up could be had again. Root can have everything, and has given up nothing. */
export const provenGone = ({ uid, gid }: GivenUp, execPath: string): Either.Either<unknown, ConfigError> => {
  const ids = idsOfProcess()
  if (ids.uid === 0) return Either.void
  const isBack =
    hasMoreRights(ids) ||
    (gid !== ids.gid && succeeds(() => process.setegid?.(gid))) ||
    (uid !== ids.uid && succeeds(() => process.seteuid?.(uid)))
  return isBack ? Either.left(refused(execPath, "could take back the rights it has given up")) : Either.void
}
