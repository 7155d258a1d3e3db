/**
 * Whether a configuration file is safe to use, by who owns it and who may read or write it.
 *
 * Source: esmtp: parser.y (`rcfile_check`).
 * Deviations: a symbolic link is judged by its target; `-C`, `$ESMTPRC` and the system's file are judged too, and so is the
 * directory of a file that holds secrets or commands.
 */
import { ConfigError } from "./ConfigError.ts"
import type { Settings } from "./Settings.ts"

/** How the file was found. */
export type FileRole = "user" | "named" | "system"

export interface FileFacts {
  readonly kind: "file" | "directory" | "other"
  /** Permission bits. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Effective ids of this process. */
export interface Reader {
  readonly uid: number
  readonly gid: number
}

const root = 0
const groupOrOthersMayWrite = 0o022
const groupOrOthersMayRead = 0o044
const othersMayRead = 0o004
/** All but execution by the group, which C esmtp lets pass. */
const forbiddenToUserFile = 0o067
const sticky = 0o1000

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, "0")

const shellWord = (path: string): string =>
  /^[\w./~+:@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`

const unsafe = (path: string, detail: string, found: string, expected: string): ConfigError =>
  new ConfigError({ path, reason: "Unsafe", found, expected, detail })

const wrongMode = (path: string, facts: FileFacts, who: string, cure: string): ConfigError =>
  unsafe(
    path,
    `mode ${octal(facts.mode)} lets ${who}; cure: chmod ${cure} ${shellWord(path)}`,
    `mode ${octal(facts.mode)}`,
    `mode as after chmod ${cure}`
  )

/** Who owns the file takes all rights from the others at once; on a file of root's that would shut out the user. */
const cureFor = (facts: FileFacts, reader: Reader, least: string): string =>
  facts.uid === reader.uid ? "600" : least

const wrongOwner = (path: string, facts: FileFacts, owner: string): ConfigError =>
  unsafe(path, `owned by user id ${facts.uid}, must be owned by ${owner}`, `owner ${facts.uid}`, owner)

const ownerProblem = (
  path: string,
  role: FileRole,
  facts: FileFacts,
  reader: Reader
): ConfigError | undefined => {
  switch (role) {
    case "user":
      return facts.uid === reader.uid ? undefined : wrongOwner(path, facts, `you (user id ${reader.uid})`)
    case "named":
      return facts.uid === reader.uid || facts.uid === root
        ? undefined
        : wrongOwner(path, facts, `you (user id ${reader.uid}) or root`)
    case "system":
      return facts.uid === root ? undefined : wrongOwner(path, facts, "root")
  }
}

/** What forbids to read the file at all. */
export const problemBeforeReading = (
  path: string,
  role: FileRole,
  facts: FileFacts,
  reader: Reader
): ConfigError | undefined => {
  if (facts.kind !== "file") {
    return unsafe(
      path,
      "must be a regular file",
      facts.kind === "directory" ? "a directory" : "no file",
      "a file"
    )
  }
  const problem = ownerProblem(path, role, facts, reader)
  if (problem !== undefined) return problem
  if (role === "user" && (facts.mode & forbiddenToUserFile) !== 0) {
    return wrongMode(path, facts, "others than you use it", "600")
  }
  return (facts.mode & groupOrOthersMayWrite) === 0
    ? undefined
    : wrongMode(path, facts, "others write it", role === "named" ? cureFor(facts, reader, "go-w") : "go-w")
}

export const holdsSecret = (settings: Settings): boolean =>
  settings.identities.some(
    ({ relay: { auth, tls } }) => auth.password !== undefined || tls.passphrase !== undefined
  )

/** Whether it names programs to run. */
export const holdsCommand = (settings: Settings): boolean =>
  settings.mda !== undefined ||
  settings.identities.some(
    ({ postconnect, preconnect, relay: { auth } }) =>
      (preconnect ?? postconnect ?? auth.passwordCommand ?? auth.tokenCommand) !== undefined
  )

/** What the content adds to the demands. `warning` is to be told, and the file used. */
export const judgeSecret = (
  path: string,
  role: FileRole,
  facts: FileFacts,
  reader: Reader,
  settings: Settings
): { readonly problem?: ConfigError; readonly warning?: ConfigError } => {
  // The system's file may be kept for the members of a group.
  const readers = role === "system" ? othersMayRead : groupOrOthersMayRead
  if (!holdsSecret(settings) || (facts.mode & readers) === 0) return {}
  const complain = (cure: string) => wrongMode(path, facts, "others read the secret in it", cure)
  return role === "system"
    ? { warning: complain("o-r") }
    : { problem: complain(cureFor(facts, reader, "go-r")) }
}

/** A group that is the user's alone, by the convention of systems that give each user one. */
const isPrivateGroup = (directory: FileFacts, reader: Reader): boolean =>
  directory.gid === reader.gid && directory.gid === reader.uid

/** Whoever may write a directory may put another file in the place of this one. */
export const directoryProblem = (
  directoryPath: string,
  directory: FileFacts,
  reader: Reader,
  settings: Settings
): ConfigError | undefined => {
  const writers = directory.mode & (isPrivateGroup(directory, reader) ? 0o002 : groupOrOthersMayWrite)
  if (writers === 0 || (directory.mode & sticky) !== 0) return undefined
  return holdsSecret(settings) || holdsCommand(settings)
    ? wrongMode(directoryPath, directory, "others replace the configuration in it", "go-w")
    : undefined
}
