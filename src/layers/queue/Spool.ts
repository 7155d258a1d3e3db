/**
 * The spool directory: where things lie, whether it can be trusted, and how it comes to be.
 *
 * Trusted means: ours, closed to everyone else, not reached through a symbolic link, of a format we know. `VERSION` is
 * written last, after every directory has been made durable in its parent; so whoever sees it can rely on them all.
 */
import { dirname } from "node:path"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Owner from "../../domain/queue/Owner.ts"
import { QueueFailed } from "../../domain/queue/QueueError.ts"
import * as SpoolName from "../../domain/queue/SpoolName.ts"
import type { FileError, FileFacts, SpoolFiles } from "../../services/SpoolFiles.ts"
import type { SpoolHost } from "../../services/SpoolHost.ts"
import * as DirectorySync from "./DirectorySync.ts"
import { exists, isMissing, queueFailed } from "./fileError.ts"
import { writeAll } from "./writeAll.ts"

export type Files = Context.Tag.Service<typeof SpoolFiles>
export type Host = Context.Tag.Service<typeof SpoolHost>

const directories = ["tmp", "q", "st", "bad", "dead", "run"] as const

export type SpoolDirectory = (typeof directories)[number]

export interface Spool {
  readonly root: string
  readonly files: Files
  readonly host: Host
  readonly path: (directory: SpoolDirectory, name: string) => string
  readonly directory: (directory: SpoolDirectory) => string
  /** Fails unless the spool can be trusted; makes it if it is not there. Free of cost after the first success. */
  readonly ready: Effect.Effect<void, QueueFailed>
  /** The same without making anything: false, there is no queue yet. */
  readonly isPresent: Effect.Effect<boolean, QueueFailed>
  /** Makes the names in a directory durable; shared by those who ask at the same time. */
  readonly sync: (directory: SpoolDirectory | "root") => Effect.Effect<void, FileError>
  /** A name for one claim. It is alive until `drop`ped, or until this process ends. */
  readonly newOwner: Effect.Effect<Owner.Owner>
  readonly drop: (owner: Owner.Owner) => void
  /** Where the claims of this process lie, each to be marked as alive now and then. */
  readonly claimed: Set<string>
  /** Whether a claim of this very process is still held. */
  readonly isHeld: (owner: Owner.Owner) => boolean
}

const unsafe = (path: string, detail: string) =>
  new QueueFailed({ operation: "verify", path, reason: "Unsafe", detail })

const octal = (mode: number) => mode.toString(8).padStart(4, "0")

const judgeDirectory = (host: Host, path: string, facts: FileFacts): Effect.Effect<void, QueueFailed> => {
  if (facts.kind === "symlink")
    return Effect.fail(unsafe(path, "is a symbolic link; name the directory itself"))
  if (facts.kind !== "directory") return Effect.fail(unsafe(path, "is not a directory"))
  if (facts.userId !== host.userId) {
    return Effect.fail(unsafe(path, `belongs to user ${facts.userId}, not to you (${host.userId})`))
  }
  return (facts.mode & 0o077) === 0
    ? Effect.void
    : Effect.fail(unsafe(path, `has mode ${octal(facts.mode)}, open to others; chmod 700 cures it`))
}

/** The directory that holds the spool: whoever may write there could put another one in its place. */
const judgeParent = (files: Files, host: Host, root: string) =>
  Effect.gen(function* () {
    const parent = dirname(root)
    // The trailing dot follows a symbolic link to the directory itself.
    const facts = yield* Effect.mapError(files.facts(`${parent}/.`), queueFailed)
    if ((facts.mode & 0o002) !== 0) {
      return yield* unsafe(parent, `has mode ${octal(facts.mode)}: no place for a queue`)
    }
    if (facts.userId !== host.userId && facts.userId !== 0) {
      return yield* unsafe(parent, `belongs to user ${facts.userId}, who could replace the queue`)
    }
  })

const isThere = (files: Files, path: string) =>
  files.facts(path).pipe(
    Effect.as(true),
    Effect.catchIf(isMissing, () => Effect.succeed(false))
  )

/** Makes one directory durable in its parent; one that another process makes at the same time is as good. */
const makeDurably = (files: Files, path: string): Effect.Effect<void, FileError> =>
  files.makeDirectory(path).pipe(
    Effect.catchIf(exists, () => Effect.void),
    Effect.zipRight(files.syncDirectory(dirname(path)))
  )

const makeWithParents = (files: Files, path: string): Effect.Effect<void, FileError> =>
  Effect.gen(function* () {
    if (yield* isThere(files, path)) return
    if (dirname(path) !== path) yield* makeWithParents(files, dirname(path))
    yield* makeDurably(files, path)
  })

const versionOctets = new TextEncoder().encode(SpoolName.spoolVersion)

const writeVersion = (files: Files, root: string, temporary: string): Effect.Effect<void, FileError> =>
  Effect.acquireUseRelease(
    files.createNew(temporary),
    (file) =>
      writeAll(file, temporary, versionOctets, 0).pipe(
        Effect.zipRight(file.sync),
        Effect.zipRight(file.close)
      ),
    (file) => Effect.ignore(file.close)
  ).pipe(
    Effect.zipRight(files.rename(temporary, `${root}/VERSION`)),
    Effect.onError(() => Effect.ignore(files.unlink(temporary))),
    Effect.zipRight(files.syncDirectory(root))
  )

/** The wrapper script left its queue open to readers; that is mended once, when the directory becomes ours. */
const closeToOthers = (files: Files, host: Host, root: string) =>
  Effect.gen(function* () {
    const facts = yield* Effect.mapError(files.facts(root), queueFailed)
    const isOnlyReadable = (facts.mode & 0o002) === 0 && (facts.mode & 0o077) !== 0
    if (facts.kind === "directory" && facts.userId === host.userId && isOnlyReadable) {
      yield* Effect.mapError(files.setMode(root, 0o700), queueFailed)
      return
    }
    yield* judgeDirectory(host, root, facts)
  })

const readVersion = (files: Files, root: string) =>
  files.heads(root, ["VERSION"], 64).pipe(
    Effect.map(([head]) => (head === undefined ? undefined : new TextDecoder().decode(head.octets))),
    Effect.mapError(queueFailed)
  )

const checkVersion = (root: string, version: string): Effect.Effect<void, QueueFailed> =>
  version === SpoolName.spoolVersion
    ? Effect.void
    : Effect.fail(
        new QueueFailed({
          operation: "verify",
          path: `${root}/VERSION`,
          reason: "Unsupported",
          detail: "this queue was written by another version of esmtp"
        })
      )

/** An empty `VERSION` is one whose writer lost its power. */
const isUnversioned = (version: string | undefined): version is undefined | "" =>
  version === undefined || version === ""

const isComplete = (files: Files, root: string) =>
  Effect.every(directories, (name) => isThere(files, `${root}/${name}`)).pipe(Effect.mapError(queueFailed))

const makeParts = (files: Files, host: Host, root: string) =>
  Effect.gen(function* () {
    for (const name of directories) {
      const path = `${root}/${name}`
      yield* files.makeDirectory(path).pipe(
        Effect.catchIf(exists, () => Effect.void),
        Effect.mapError(queueFailed)
      )
      yield* judgeDirectory(host, path, yield* Effect.mapError(files.facts(path), queueFailed))
    }
  })

const initialise = (files: Files, host: Host, root: string, temporaryName: string) =>
  Effect.gen(function* () {
    yield* Effect.mapError(makeWithParents(files, dirname(root)), queueFailed)
    yield* judgeParent(files, host, root)
    yield* Effect.mapError(makeWithParents(files, root), queueFailed)
    yield* closeToOthers(files, host, root)
    yield* makeParts(files, host, root)
    yield* files
      .syncDirectory(root)
      .pipe(
        Effect.zipRight(files.syncDirectory(dirname(root))),
        Effect.zipRight(writeVersion(files, root, `${root}/tmp/${temporaryName}`)),
        Effect.mapError(queueFailed)
      )
    const { isNetwork } = yield* Effect.mapError(files.space(root), queueFailed)
    if (isNetwork) {
      yield* Effect.logWarning("queue on a network file system: use it from one machine only").pipe(
        Effect.annotateLogs({ path: root })
      )
    }
  })

const isPresent = (files: Files, host: Host, root: string) =>
  Effect.gen(function* () {
    if (!(yield* Effect.mapError(isThere(files, `${root}/q`), queueFailed))) return false
    const version = yield* readVersion(files, root)
    yield* judgeParent(files, host, root)
    yield* judgeDirectory(host, root, yield* Effect.mapError(files.facts(root), queueFailed))
    if (!isUnversioned(version)) yield* checkVersion(root, version)
    return true
  })

const isWhole = (files: Files, host: Host, root: string) =>
  Effect.gen(function* () {
    if (!(yield* isPresent(files, host, root))) return false
    const version = yield* readVersion(files, root)
    return !isUnversioned(version) && (yield* isComplete(files, root))
  })

/** Where the file system can't sync directories, it says so once and is taken at its word. */
const tolerant = (files: Files): Files => {
  let warned = false
  const warnOnce = Effect.suspend(() => {
    if (warned) return Effect.void
    warned = true
    return Effect.logWarning("file system can't sync directories: queued mail may not survive a power loss")
  })
  const isUnsupported = ({ operation, code }: FileError) =>
    operation === "fsync" && (code === "EINVAL" || code === "ENOTSUP" || code === "EOPNOTSUPP")
  return {
    ...files,
    syncDirectory: (path) => files.syncDirectory(path).pipe(Effect.catchIf(isUnsupported, () => warnOnce))
  }
}

const nonceOctets = 4

/** Stands before the counter in every nonce of this instance. */
const hex = (octets: Uint8Array) =>
  Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("")

export const make = (root: string, given: Files, host: Host): Effect.Effect<Spool> =>
  Effect.gen(function* () {
    const files = tolerant(given)
    const directory = (name: SpoolDirectory) => `${root}/${name}`
    const instance = hex(yield* host.randomOctets(nonceOctets))
    const held = new Set<string>()
    let count = 0
    const newOwner = Effect.sync(() => {
      const owner = { ...host.self, nonce: instance + (count++).toString(36) }
      held.add(owner.nonce)
      return owner
    })
    const syncs = new Map<string, Effect.Effect<void, FileError>>()
    for (const name of directories) syncs.set(name, DirectorySync.make(files.syncDirectory(directory(name))))
    const syncRoot = DirectorySync.make(files.syncDirectory(root))
    let isReady = false
    const becomeReady = Effect.gen(function* () {
      if (!(yield* isWhole(files, host, root))) {
        const owner = yield* newOwner
        yield* initialise(files, host, root, `VERSION.${Owner.encode(owner)}`).pipe(
          Effect.ensuring(Effect.sync(() => held.delete(owner.nonce)))
        )
      }
      isReady = true
    })
    const ready = Effect.suspend(() => (isReady ? Effect.void : becomeReady))
    return {
      root,
      files,
      host,
      path: (name, entry) => `${root}/${name}/${entry}`,
      directory,
      ready,
      isPresent: isPresent(files, host, root),
      sync: (name) => syncs.get(name) ?? syncRoot,
      newOwner,
      claimed: new Set(),
      drop: (owner) => {
        held.delete(owner.nonce)
      },
      isHeld: (owner) => !owner.nonce.startsWith(instance) || held.has(owner.nonce)
    }
  })
