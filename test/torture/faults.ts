/** A file system whose n-th operation fails, in a way of one's choice. */
import * as Effect from "effect/Effect"
import { FileError, type SpoolFile } from "../../src/services/SpoolFiles.ts"
import type { Files, Mutant } from "./ModelWorld.ts"

export const faultCodes = ["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "EACCES", "EINTR"] as const

export type FaultKind =
  /** Nothing was done. */
  | "refused"
  /** It was done, and is said to have failed: a network file system, a lost reply. */
  | "done all the same"
  /** From here on, everything that needs space fails. */
  | "full from here"
  /** A write takes half of what it was given. */
  | "short"

export interface Fault {
  readonly at: number
  readonly code: (typeof faultCodes)[number]
  readonly kind: FaultKind
}

export interface FaultCounter {
  operations: number
  /** What the fault hit; absent: the scenario was over before. */
  hit: string | undefined
}

const needsSpace = new Set(["open", "write", "mkdir", "fsync"])

export const faulty = (fault: Fault, counter: FaultCounter): Mutant => {
  const failure = (operation: string, path: string) => new FileError({ operation, path, code: fault.code })
  const guarded = <A>(
    operation: string,
    path: string,
    run: Effect.Effect<A, FileError>
  ): Effect.Effect<A, FileError> =>
    Effect.suspend(() => {
      const number = counter.operations++
      const isHit =
        fault.kind === "full from here"
          ? number >= fault.at && needsSpace.has(operation)
          : number === fault.at
      if (!isHit || fault.kind === "short") return run
      counter.hit ??= `${operation} ${path}`
      return fault.kind === "done all the same"
        ? Effect.zipRight(run, failure(operation, path))
        : failure(operation, path)
    })
  const guardedFile = (path: string, file: SpoolFile): SpoolFile => ({
    facts: file.facts,
    read: (position, length) => guarded("read", path, file.read(position, length)),
    write: (octets, position) =>
      Effect.suspend(() => {
        const isShort = fault.kind === "short" && counter.operations === fault.at && octets.length > 1
        if (isShort) counter.hit ??= `short write ${path}`
        const part = isShort ? octets.subarray(0, octets.length >> 1) : octets
        return guarded("write", path, file.write(part, position))
      }),
    truncate: (length) => guarded("ftruncate", path, file.truncate(length)),
    sync: guarded("fsync", path, file.sync),
    close: guarded("close", path, file.close)
  })
  const opening = (path: string, open: Effect.Effect<SpoolFile, FileError>) =>
    Effect.map(guarded("open", path, open), (file) => guardedFile(path, file))
  return {
    files: (files: Files): Files => ({
      createNew: (path) => opening(path, files.createNew(path)),
      openRead: (path) => opening(path, files.openRead(path)),
      readWhole: (path, limit) => guarded("open", path, files.readWhole(path, limit)),
      openAppend: (path) => opening(path, files.openAppend(path)),
      rename: (from, to) => guarded("rename", from, files.rename(from, to)),
      unlink: (path) => guarded("unlink", path, files.unlink(path)),
      removeTree: (path) => guarded("rm", path, files.removeTree(path)),
      makeDirectory: (path) => guarded("mkdir", path, files.makeDirectory(path)),
      setMode: (path, mode) => guarded("chmod", path, files.setMode(path, mode)),
      touch: (path) => guarded("utimes", path, files.touch(path)),
      facts: (path) => guarded("lstat", path, files.facts(path)),
      names: (path) => guarded("readdir", path, files.names(path)),
      syncDirectory: (path) => guarded("fsync", path, files.syncDirectory(path)),
      space: (path) => guarded("statfs", path, files.space(path)),
      heads: (directory, names, limit) => guarded("read", directory, files.heads(directory, names, limit)),
      watch: files.watch
    })
  }
}
