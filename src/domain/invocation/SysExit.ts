/**
 * The statuses that the program exits with. A caller acts on nothing else: 75 means keep the mail and try again, any
 * other but 0 means do something about it.
 *
 * Source: sysexits(3).
 */

export const SysExit = {
  /** All delivered, or durably queued. */
  Ok: 0,
  /** The command line is wrong. */
  Usage: 64,
  /** The message, or an address in it, is wrong. */
  DataError: 65,
  /** No such queue entry. */
  NoInput: 66,
  /** All recipients refused for good. */
  NoUser: 67,
  /** The relay's name does not exist. */
  NoHost: 68,
  /** Refused for good. */
  Unavailable: 69,
  /** A defect in esmtp. */
  Software: 70,
  /** A program could not be run. */
  OsError: 71,
  /** No MDA. */
  OsFile: 72,
  /** An output file can't be written. */
  CantCreate: 73,
  /** Standard input or disk. */
  IoError: 74,
  /** Try again. */
  TempFail: 75,
  /** The server does not speak SMTP as it should. */
  Protocol: 76,
  /** Authentication, certificate or permission refused. */
  NoPermission: 77,
  /** The configuration is wrong. */
  Config: 78
} as const

export type SysExit = (typeof SysExit)[keyof typeof SysExit]

/**
 * Most permanent first: what no other try can change, then what a person can cure, then what may pass. A refused
 * message tells more than a refused recipient, as it was refused to those whose address was good.
 */
export const byPermanence: ReadonlyArray<SysExit> = [
  SysExit.Software,
  SysExit.Usage,
  SysExit.DataError,
  SysExit.Unavailable,
  SysExit.NoUser,
  SysExit.NoInput,
  SysExit.OsFile,
  SysExit.Config,
  SysExit.NoPermission,
  SysExit.NoHost,
  SysExit.Protocol,
  SysExit.OsError,
  SysExit.CantCreate,
  SysExit.IoError,
  SysExit.TempFail,
  SysExit.Ok
]

/** `Ok` of nothing. */
export const mostPermanent = (statuses: ReadonlyArray<SysExit>): SysExit =>
  byPermanence.find((status) => statuses.includes(status)) ?? SysExit.Ok
