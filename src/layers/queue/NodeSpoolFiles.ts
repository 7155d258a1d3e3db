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

type Callback<A> = (error: NodeJS.ErrnoException | null, value: A) => void

/** One call, to its end: a descriptor must not be closed under an operation that still runs. */
const call = <A>(
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

const callVoid = (
  operation: string,
  path: string,
  start: (done: (error: NodeJS.ErrnoException | null) => void) => void
) => call<void>(operation, path, (done) => start((error) => done(error, undefined)))

const kindOf = (stats: fs.BigIntStats): FileFacts["kind"] => {
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

const fullRead = (fd: number, path: string, position: number, length: number) =>
  Effect.gen(function* () {
    const octets = Buffer.allocUnsafe(length)
    let filled = 0
    while (filled < length) {
      const count: number = yield* call<number>("read", path, (done) =>
        fs.read(fd, octets, filled, length - filled, position + filled, (error, read) => done(error, read))
      )
      if (count === 0) break
      filled += count
    }
    return new Uint8Array(octets.buffer, octets.byteOffset, filled)
  })

const opened = (path: string, fd: number, facts: FileFacts): SpoolFile => {
  let isOpen = true
  return {
    facts,
    read: (position, length) => fullRead(fd, path, position, length),
    write: (octets, position) =>
      call<number>("write", path, (done) =>
        fs.write(fd, octets, 0, octets.length, position, (error, written) => done(error, written))
      ),
    truncate: (length) => callVoid("ftruncate", path, (done) => fs.ftruncate(fd, length, done)),
    sync: callVoid("fsync", path, (done) => fs.fsync(fd, done)),
    close: Effect.suspend(() => {
      if (!isOpen) return Effect.void
      isOpen = false
      return callVoid("close", path, (done) => fs.close(fd, done))
    })
  }
}

const open = (path: string, flags: number): Effect.Effect<SpoolFile, FileError> =>
  Effect.uninterruptible(
    Effect.gen(function* () {
      const fd = yield* call<number>("open", path, (done) => fs.open(path, flags, 0o600, done))
      const inspected = Effect.gen(function* () {
        const facts = factsOf(
          yield* call<fs.BigIntStats>("fstat", path, (done) => fs.fstat(fd, { bigint: true }, done))
        )
        const isOurs =
          (flags & O_CREAT) !== 0 && facts.kind === "file" && facts.userId === process.geteuid?.()
        if (!isOurs || facts.mode === 0o600) return facts
        yield* callVoid("fchmod", path, (done) => fs.fchmod(fd, 0o600, done))
        return { ...facts, mode: 0o600 }
      })
      const facts = yield* inspected.pipe(
        Effect.tapError(() => Effect.ignore(callVoid("close", path, (done) => fs.close(fd, done))))
      )
      return opened(path, fd, facts)
    })
  )

const syncDirectory = (path: string): Effect.Effect<void, FileError> =>
  Effect.acquireUseRelease(
    call<number>("open", path, (done) => fs.open(path, O_RDONLY | fs.constants.O_DIRECTORY, done)),
    (fd) => callVoid("fsync", path, (done) => fs.fsync(fd, done)),
    // A read-only descriptor has nothing left to report.
    (fd) => Effect.ignore(callVoid("close", path, (done) => fs.close(fd, done)))
  )

const makeDirectory = (path: string): Effect.Effect<void, FileError> =>
  Effect.uninterruptible(
    callVoid("mkdir", path, (done) => fs.mkdir(path, 0o700, done)).pipe(
      Effect.zipRight(callVoid("chmod", path, (done) => fs.chmod(path, 0o700, done)))
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

const noOctets = new Uint8Array(0)

const readHead = (directory: string, name: string, buffer: Buffer): FileHead | undefined => {
  const path = `${directory}/${name}`
  try {
    const fd = fs.openSync(path, O_RDONLY | careful)
    try {
      const facts = factsOf(fs.fstatSync(fd, { bigint: true }))
      if (facts.kind !== "file") return { name, facts, octets: noOctets }
      const count = fs.readSync(fd, buffer, 0, Math.min(buffer.length, facts.sizeBytes), 0)
      return { name, facts, octets: Uint8Array.prototype.slice.call(buffer, 0, count) }
    } finally {
      fs.closeSync(fd)
    }
  } catch {
    // Not openable: a symbolic link, a socket, no permission, or gone.
    const stats = fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
    return stats === undefined ? undefined : { name, facts: factsOf(stats), octets: noOctets }
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
  openAppend: (path) => open(path, O_RDWR | O_CREAT | O_APPEND | careful),
  rename: (from, to) => callVoid("rename", from, (done) => fs.rename(from, to, done)),
  unlink: (path) => callVoid("unlink", path, (done) => fs.unlink(path, done)),
  removeTree: (path) => callVoid("rm", path, (done) => fs.rm(path, { recursive: true, force: true }, done)),
  makeDirectory,
  setMode: (path, mode) => callVoid("chmod", path, (done) => fs.chmod(path, mode, done)),
  touch: (path) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      callVoid("utimes", path, (done) => fs.lutimes(path, now / 1000, now / 1000, done))
    ),
  facts: (path) =>
    call<fs.BigIntStats>("lstat", path, (done) => fs.lstat(path, { bigint: true }, done)).pipe(
      Effect.map(factsOf)
    ),
  names: (directory) =>
    call<ReadonlyArray<string>>("readdir", directory, (done) => fs.readdir(directory, done)),
  syncDirectory,
  space: (path) =>
    call<fs.BigIntStatsFs>("statfs", path, (done) => fs.statfs(path, { bigint: true }, done)).pipe(
      Effect.map(spaceOf)
    ),
  heads,
  watch
})

const ignoreSignal = () => undefined

const withoutFileSizeSignal = Effect.acquireRelease(
  Effect.sync(() => process.on("SIGXFSZ", ignoreSignal)),
  () => Effect.sync(() => process.off("SIGXFSZ", ignoreSignal))
)

export const layer: Layer.Layer<SpoolFiles> = Layer.scoped(
  SpoolFiles,
  Effect.as(withoutFileSizeSignal, service)
)
