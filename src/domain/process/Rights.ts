/**
 * Whose rights a process has: its caller's, or more through a set-user-ID or set-group-ID bit.
 *
 * Source: credentials(7); esmtp: main.c (`setregid`). Deviation: C esmtp opens its configuration and `-X` with the rights
 * that it is about to give up.
 */
/** An environment. */
export type Variables = Readonly<Record<string, string | undefined>>

export interface UserIds {
  readonly uid: number
  readonly euid: number
  readonly gid: number
  readonly egid: number
}

export const hasMoreRights = ({ uid, euid, gid, egid }: UserIds): boolean => uid !== euid || gid !== egid

/**
 * In the environment of a process that goes on with fewer rights: the ids that were given up, `user:group`. Whoever sets
 * it by hand gives up what a caller may choose, and gains nothing.
 */
export const givenUpVariable = "ESMTP_GIVEN_UP_IDS"

export interface GivenUp {
  readonly uid: number
  readonly gid: number
}

export const givenUpText = ({ euid, egid }: UserIds): string => `${euid}:${egid}`

/** Absent: nothing was given up. */
export const givenUp = (env: Variables): GivenUp | undefined => {
  const [, uid, gid] = /^([0-9]{1,10}):([0-9]{1,10})$/.exec(env[givenUpVariable] ?? "") ?? []
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

/** The caller may not choose files and places: the process has more rights, or had them when it was called. */
export const isRestricted = (ids: UserIds, env: Variables): boolean =>
  hasMoreRights(ids) || env[givenUpVariable] !== undefined
