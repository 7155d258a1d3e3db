/**
 * Opens a configuration file once, and judges and reads what was opened.
 *
 * Source: esmtp: parser.y (`rcfile_check`, fopen).
 * Deviation: what is no regular file is refused without waiting for it; `/dev/null` is an empty file.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { ConfigError } from "../../domain/config/ConfigError.ts"
import {
  type FileFacts,
  type FileRole,
  problemBeforeReading,
  type Reader
} from "../../domain/config/FileSafety.ts"
import * as Limits from "../../domain/config/Limits.ts"
import { decodeOctets, isUtf16 } from "../../domain/config/RcText.ts"

export interface Candidate {
  /** Absolute. */
  readonly path: string
  readonly role: FileRole
  /** Whether another place is tried if there is no such file. */
  readonly isOptional: boolean
  readonly followsLinks: boolean
}

export interface ConfigText {
  readonly role: FileRole
  /** With links followed. */
  readonly realPath: string
  readonly facts: FileFacts
  readonly text: string
}

const { O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = fs.constants

/** A failed system call, in the system's words. */
interface SystemFault {
  readonly code: string
  readonly reason: string
}

const faultOf = (cause: unknown): SystemFault => {
  const text = cause instanceof Error ? cause.message : String(cause)
  // Node's form: `ENOENT: no such file or directory, open '/x'`.
  const [, code, reason] = /^([A-Z0-9]+): ([^,]*)/.exec(text) ?? []
  return { code: code ?? "", reason: reason ?? text }
}

const attempt = <A>(call: () => A): Effect.Effect<A, SystemFault> => Effect.try({ try: call, catch: faultOf })

const factsOf = (stats: fs.Stats): FileFacts => ({
  kind: stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other",
  mode: stats.mode & 0o7777,
  uid: stats.uid,
  gid: stats.gid
})

const notOpened = (file: string, { code, reason }: SystemFault): ConfigError => {
  if (code === "ENOENT")
    return new ConfigError({ path: file, reason: "NotFound", detail: `open: ${file}: ${reason}` })
  if (code === "ELOOP") {
    return new ConfigError({ path: file, reason: "Unsafe", detail: "must not be a symbolic link here" })
  }
  return new ConfigError({ path: file, reason: "Unreadable", detail: `can't be opened: ${reason}` })
}

const notRead = (file: string) => (fault: SystemFault) =>
  new ConfigError({ path: file, reason: "Unreadable", detail: `can't be read: ${fault.reason}` })

/** A link that leads nowhere was meant to lead to a configuration; another in its place would be a surprise. */
const refuseDanglingLink = (file: string): Effect.Effect<Option.Option<never>, ConfigError> =>
  attempt(() => fs.lstatSync(file)).pipe(
    Effect.matchEffect({
      onFailure: () => Effect.succeedNone,
      onSuccess: () =>
        new ConfigError({ path: file, reason: "Unreadable", detail: "is a symbolic link that leads nowhere" })
    })
  )

/** Where a path leads nowhere; a home directory that is a file, as of users who shall have none, leads nowhere too. */
const isAbsence = ({ code }: SystemFault): boolean => code === "ENOENT" || code === "ENOTDIR"

const readText = Effect.fnUntraced(function* (descriptor: number, stats: fs.Stats, file: string) {
  const tooLarge = new ConfigError({
    path: file,
    reason: "Unreadable",
    detail: `larger than ${Limits.fileBytes} bytes`
  })
  if (stats.size > Limits.fileBytes) return yield* tooLarge
  const octets = yield* Effect.mapError(
    attempt(() => fs.readFileSync(descriptor)),
    notRead(file)
  )
  if (isUtf16(octets)) {
    return yield* new ConfigError({
      path: file,
      reason: "Syntax",
      detail: "is UTF-16 text; save it as UTF-8"
    })
  }
  return decodeOctets(octets)
})

const readOpened = Effect.fnUntraced(function* (
  descriptor: number,
  { path: file, role }: Candidate,
  reader: Reader
) {
  const stats = yield* Effect.mapError(
    attempt(() => fs.fstatSync(descriptor)),
    notRead(file)
  )
  const facts = factsOf(stats)
  const problem = problemBeforeReading(file, role, facts, reader)
  if (problem !== undefined) return yield* problem
  const text = yield* readText(descriptor, stats, file)
  const realPath = yield* Effect.mapError(
    attempt(() => fs.realpathSync(file)),
    notRead(file)
  )
  const read: ConfigText = { role, realPath, facts, text }
  return Option.some(read)
})

/** Daemons often inherit the `$HOME` of whoever started them: a directory that is not theirs, and closed to them. */
const isForeignHome = ({ path: file, role }: Candidate, { code }: SystemFault, reader: Reader) =>
  role === "user" && code === "EACCES"
    ? attempt(() => fs.statSync(path.dirname(file)).uid !== reader.uid).pipe(Effect.orElseSucceed(() => true))
    : Effect.succeed(false)

/** What a file that can't be opened means: none, or an error. */
const afterFault = Effect.fnUntraced(function* (candidate: Candidate, fault: SystemFault, reader: Reader) {
  if (candidate.isOptional && isAbsence(fault)) return yield* refuseDanglingLink(candidate.path)
  if (yield* isForeignHome(candidate, fault, reader)) return Option.none<ConfigText>()
  return yield* notOpened(candidate.path, fault)
})

const nullDevice = (role: FileRole, reader: Reader): ConfigText => ({
  role,
  realPath: os.devNull,
  facts: { kind: "file", mode: 0o600, ...reader },
  text: ""
})

/** None if there is no such file and it is optional. Never waits for a FIFO's writer or a terminal. */
export const readCandidate = (
  candidate: Candidate,
  reader: Reader
): Effect.Effect<Option.Option<ConfigText>, ConfigError> => {
  const { followsLinks, path: file, role } = candidate
  if (file === os.devNull) return Effect.succeedSome(nullDevice(role, reader))
  const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (followsLinks ? 0 : O_NOFOLLOW)
  return Effect.acquireUseRelease(
    attempt(() => fs.openSync(file, flags)),
    (descriptor) => readOpened(descriptor, candidate, reader),
    (descriptor) => Effect.sync(() => fs.closeSync(descriptor))
  ).pipe(
    Effect.catchAll((failure) =>
      failure instanceof ConfigError ? Effect.fail(failure) : afterFault(candidate, failure, reader)
    )
  )
}

export const directoryFacts = (directory: string): Effect.Effect<FileFacts, ConfigError> =>
  attempt(() => factsOf(fs.statSync(directory))).pipe(Effect.mapError(notRead(directory)))
