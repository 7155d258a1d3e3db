/**
 * `SpoolFiles` over Node's file system calls.
 *
 * Source: open(2), rename(2), fsync(2). Files are opened so that no symbolic link is followed and no FIFO waited for;
 * modes are set by fchmod where the umask took bits away. SIGXFSZ is caught, so that a file size limit is an error
 * like any other (EFBIG) and not the end of the process.
 */
import * as fs from "node:fs"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as EffectQueue from "effect/Queue"
import {
  type FileContent,
  type FileError,
  type FileFacts,
  type FileHead,
  type FileSystemSpace,
  type SpoolFile,
  SpoolFiles
} from "../../services/SpoolFiles.ts"
import { fileError } from "./fileError.ts"

const { O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, O_APPEND } =
  fs.constants

const careful = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY

/**
 * One call, at once. What only touches the kernel's memory is done before the thread pool would have been woken; a call
 * costs a few microseconds this way instead of some fifty, and a delivery makes two dozen of them.
 */
const now = <A>(operation: string, path: string, run: () => A): Effect.Effect<A, FileError> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      return Effect.fail(fileError(operation, path, cause))
    }
  })

type Callback<A> = (error: NodeJS.ErrnoException | null, value: A) => void

/**
 * One call that waits for the disk, in the thread pool, so that other sessions go on; to its end: a descriptor must not be
 * closed under an operation that still runs.
 */
const later = <A>(
  operation: string,
  path: string,
  start: (done: Callback<A>) => void
): Effect.Effect<A, FileError> =>
  Effect.uninterruptible(
    Effect.async<A, FileError>((resume) => {
      const done: Callback<A> = (error, value) =>
        resume(error === null ? Effect.succeed(value) : Effect.fail(fileError(operation, path, error)))
      try {
        start(done)
      } catch (cause) {
        resume(Effect.fail(fileError(operation, path, cause)))
      }
    })
  )

const kindOf = (stats: fs.StatsBase<number | bigint>): FileFacts["kind"] => {
  if (stats.isFile()) return "file"
  if (stats.isDirectory()) return "directory"
  return stats.isSymbolicLink() ? "symlink" : "other"
}

const factsOf = (stats: fs.BigIntStats): FileFacts => ({
  kind: kindOf(stats),
  sizeBytes: Number(stats.size),
  modifiedAtNanos: stats.mtimeNs,
  mode: Number(stats.mode) & 0o7777,
  userId: Number(stats.uid),
  links: Number(stats.nlink)
})

/** Reads of more octets than these may well have to wait for the disk. */
const readAtOnceBytes = 64 * 1024

const readSome = (fd: number, path: string, octets: Uint8Array, position: number) =>
  octets.length <= readAtOnceBytes
    ? now("read", path, () => fs.readSync(fd, octets, 0, octets.length, position))
    : later<number>("read", path, (done) => fs.read(fd, octets, 0, octets.length, position, done))

const fullRead = (fd: number, path: string, position: number, length: number) =>
  Effect.gen(function* () {
    const octets = new Uint8Array(Buffer.allocUnsafeSlow(length).buffer)
    let filled = 0
    while (filled < length) {
      const count = yield* readSome(fd, path, octets.subarray(filled), position + filled)
      if (count === 0) break
      filled += count
    }
    return octets.subarray(0, filled)
  })

const sync = (fd: number, path: string) =>
  later<void>("fsync", path, (done) => fs.fsync(fd, (error) => done(error, undefined)))

const opened = (path: string, fd: number, facts: FileFacts): SpoolFile => {
  let isOpen = true
  return {
    facts,
    read: (position, length) => fullRead(fd, path, position, length),
    write: (octets, position) =>
      now("write", path, () => fs.writeSync(fd, octets, 0, octets.length, position)),
    truncate: (length) => now("ftruncate", path, () => fs.ftruncateSync(fd, length)),
    sync: sync(fd, path),
    close: Effect.suspend(() => {
      if (!isOpen) return Effect.void
      isOpen = false
      return now("close", path, () => fs.closeSync(fd))
    })
  }
}

const inspected = (fd: number, flags: number): FileFacts => {
  const facts = factsOf(fs.fstatSync(fd, { bigint: true }))
  const isOurs = (flags & O_CREAT) !== 0 && facts.kind === "file" && facts.userId === process.geteuid?.()
  if (!isOurs || facts.mode === 0o600) return facts
  fs.fchmodSync(fd, 0o600)
  return { ...facts, mode: 0o600 }
}

const open = (path: string, flags: number): Effect.Effect<SpoolFile, FileError> =>
  now("open", path, () => {
    const fd = fs.openSync(path, flags, 0o600)
    try {
      return opened(path, fd, inspected(fd, flags))
    } catch (cause) {
      fs.closeSync(fd)
      throw cause
    }
  })

const syncDirectory = (path: string): Effect.Effect<void, FileError> =>
  now("open", path, () => fs.openSync(path, O_RDONLY | fs.constants.O_DIRECTORY)).pipe(
    Effect.flatMap((fd) =>
      // A read-only descriptor has nothing left to report when it is closed.
      Effect.ensuring(sync(fd, path), Effect.ignore(now("close", path, () => fs.closeSync(fd))))
    ),
    Effect.uninterruptible
  )

const makeDirectory = (path: string): Effect.Effect<void, FileError> =>
  Effect.uninterruptible(
    now("mkdir", path, () => fs.mkdirSync(path, 0o700)).pipe(
      Effect.zipRight(now("chmod", path, () => fs.chmodSync(path, 0o700)))
    )
  )

/** Of statfs(2): NFS, SMB, CIFS, SMB2, AFS, Ceph. */
const networkTypes = new Set([0x6969n, 0x517bn, 0xff534d42n, 0xfe534d42n, 0x5346414fn, 0x00c36400n])

const spaceOf = (stats: fs.BigIntStatsFs): FileSystemSpace => ({
  totalBytes: Number(stats.blocks * stats.bsize),
  freeBytes: Number(stats.bavail * stats.bsize),
  totalFiles: Number(stats.files),
  freeFiles: Number(stats.ffree),
  isNetwork: networkTypes.has(BigInt.asUintN(32, stats.type))
})

const readOpened = (fd: number, limit: number): FileContent => {
  const facts = factsOf(fs.fstatSync(fd, { bigint: true }))
  if (facts.kind !== "file" || facts.sizeBytes > limit) return { facts }
  const octets = new Uint8Array(facts.sizeBytes)
  let filled = 0
  while (filled < octets.length) {
    const count = fs.readSync(fd, octets, filled, octets.length - filled, filled)
    if (count === 0) break
    filled += count
  }
  return { facts, octets: octets.subarray(0, filled) }
}

/** Three small calls for what is read to its end and left alone. */
const readWhole = (path: string, limit: number): Effect.Effect<Option.Option<FileContent>, FileError> =>
  now("open", path, () => {
    // Most journals that are looked for are not there yet, and an exception costs more than this call.
    if (fs.lstatSync(path, { throwIfNoEntry: false }) === undefined) return Option.none()
    const fd = fs.openSync(path, O_RDONLY | careful)
    try {
      return Option.some(readOpened(fd, limit))
    } finally {
      fs.closeSync(fd)
    }
  })

const noOctets = new Uint8Array(0)

/** Without the price of big integers, and to the millisecond: what listings need. */
const roughFactsOf = (stats: fs.Stats): FileFacts => ({
  kind: kindOf(stats),
  sizeBytes: stats.size,
  modifiedAtNanos: BigInt(Math.trunc(stats.mtimeMs)) * 1_000_000n,
  mode: stats.mode & 0o7777,
  userId: stats.uid,
  links: stats.nlink
})

const readHead = (directory: string, name: string, buffer: Buffer): FileHead | undefined => {
  const path = `${directory}/${name}`
  try {
    const fd = fs.openSync(path, O_RDONLY | careful)
    try {
      const facts = roughFactsOf(fs.fstatSync(fd))
      if (facts.kind !== "file") return { name, facts, octets: noOctets }
      const count = fs.readSync(fd, buffer, 0, Math.min(buffer.length, facts.sizeBytes), 0)
      return { name, facts, octets: Uint8Array.prototype.slice.call(buffer, 0, count) }
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    // Not openable: a symbolic link, a socket, no permission, or gone.
    const stats = fs.lstatSync(path, { throwIfNoEntry: false })
    return stats === undefined ? undefined : { name, facts: roughFactsOf(stats), octets: noOctets }
  }
}

/** Synchronous: a listing of 100,000 entries must not cost 400,000 trips to the thread pool. */
const heads = (directory: string, names: ReadonlyArray<string>, limit: number) =>
  Effect.try({
    try: () => {
      const buffer = Buffer.allocUnsafe(limit)
      return names.flatMap((name) => readHead(directory, name, buffer) ?? [])
    },
    catch: (cause) => fileError("read", directory, cause)
  })

/** A watch that breaks falls silent; whoever waits looks again by himself now and then. */
const startWatch = (directory: string, onChange: () => void) =>
  Effect.option(
    Effect.try(() => {
      const watcher = fs.watch(directory, onChange)
      watcher.on("error", () => watcher.close())
      return watcher
    })
  )

const watch = (directory: string) =>
  Effect.flatMap(EffectQueue.sliding<void>(1), (changed) =>
    Effect.acquireRelease(
      startWatch(directory, () => changed.unsafeOffer(undefined)),
      Option.match({ onNone: () => Effect.void, onSome: (watcher) => Effect.sync(() => watcher.close()) })
    ).pipe(Effect.as(EffectQueue.take(changed)))
  )

const service = SpoolFiles.of({
  createNew: (path) => open(path, O_WRONLY | O_CREAT | O_EXCL | careful),
  openRead: (path) => open(path, O_RDONLY | careful),
  readWhole,
  openAppend: (path) => open(path, O_RDWR | O_CREAT | O_APPEND | careful),
  rename: (from, to) => now("rename", from, () => fs.renameSync(from, to)),
  // With the last name goes the content, and the file system may take its time over that.
  unlink: (path) => later<void>("unlink", path, (done) => fs.unlink(path, (error) => done(error, undefined))),
  removeTree: (path) => now("rm", path, () => fs.rmSync(path, { recursive: true, force: true })),
  makeDirectory,
  setMode: (path, mode) => now("chmod", path, () => fs.chmodSync(path, mode)),
  touch: (path) =>
    Effect.flatMap(Clock.currentTimeMillis, (at) =>
      now("utimes", path, () => fs.lutimesSync(path, at / 1000, at / 1000))
    ),
  facts: (path) =>
    Effect.map(
      now("lstat", path, () => fs.lstatSync(path, { bigint: true })),
      factsOf
    ),
  names: (directory) => now("readdir", directory, () => fs.readdirSync(directory)),
  syncDirectory,
  space: (path) =>
    Effect.map(
      now("statfs", path, () => fs.statfsSync(path, { bigint: true })),
      spaceOf
    ),
  heads,
  watch
})

const ignoreSignal = () => undefined

const withoutFileSizeSignal = Effect.acquireRelease(
  Effect.sync(() => process.on("SIGXFSZ", ignoreSignal)),
  () => Effect.sync(() => process.off("SIGXFSZ", ignoreSignal))
)

export const make = Effect.as(withoutFileSizeSignal, service)

export const layer: Layer.Layer<SpoolFiles> = Layer.scoped(SpoolFiles, make)
