/**
 * The file operations that the queue's directory is made of, one system call each: what can fail, can be made to fail.
 *
 * None is retried, and none can be interrupted half way.
 */
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Scope from "effect/Scope"

/** A system call failed. */
export class FileError extends Data.TaggedError("FileError")<{
  readonly operation: string
  readonly path: string
  /** `ENOENT`, `ENOSPC`… */
  readonly code: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `${this.operation} ${this.path}: ${this.code}`
  }
}

export interface FileFacts {
  readonly kind: "file" | "directory" | "symlink" | "other"
  readonly sizeBytes: number
  /** Nanoseconds since 1970, by the clock of the file system. */
  readonly modifiedAtNanos: bigint
  /** Permission bits only. */
  readonly mode: number
  readonly userId: number
  readonly links: number
}

export interface SpoolFile {
  /** As they were when the file was opened. */
  readonly facts: FileFacts
  /** Fewer octets than asked for: the file ends there. */
  readonly read: (position: number, length: number) => Effect.Effect<Uint8Array, FileError>
  /** Gives the number of octets written, which may be less than all. */
  readonly write: (octets: Uint8Array, position: number) => Effect.Effect<number, FileError>
  readonly truncate: (length: number) => Effect.Effect<void, FileError>
  readonly sync: Effect.Effect<void, FileError>
  /** May report what earlier writes did not. A second call does nothing. */
  readonly close: Effect.Effect<void, FileError>
}

/** A file that was opened, read and closed. */
export interface FileContent {
  readonly facts: FileFacts
  /** Absent: not a regular file, or one of more octets than were wanted. */
  readonly octets?: Uint8Array
}

/** The beginning of a file, for listings. */
export interface FileHead {
  readonly name: string
  readonly facts: FileFacts
  readonly octets: Uint8Array
}

export interface FileSystemSpace {
  readonly totalBytes: number
  readonly freeBytes: number
  /** 0 where the file system has no such limit. */
  readonly totalFiles: number
  readonly freeFiles: number
  readonly isNetwork: boolean
}

export class SpoolFiles extends Context.Tag("esmtp/services/SpoolFiles")<
  SpoolFiles,
  {
    /** For writing; must not exist. Mode 0600 whatever the umask. */
    readonly createNew: (path: string) => Effect.Effect<SpoolFile, FileError>
    /** Follows no symbolic link and waits for no FIFO. */
    readonly openRead: (path: string) => Effect.Effect<SpoolFile, FileError>
    /**
     * All of a file that has at most `limit` octets; a larger one is only looked at. None: there is no such file. Follows
     * no symbolic link and waits for no FIFO.
     */
    readonly readWhole: (path: string, limit: number) => Effect.Effect<Option.Option<FileContent>, FileError>
    /** For reading and writing; made with mode 0600 if missing, as `facts.sizeBytes` 0 tells. */
    readonly openAppend: (path: string) => Effect.Effect<SpoolFile, FileError>
    readonly rename: (from: string, to: string) => Effect.Effect<void, FileError>
    readonly unlink: (path: string) => Effect.Effect<void, FileError>
    /** With everything in it. */
    readonly removeTree: (path: string) => Effect.Effect<void, FileError>
    /** Mode 0700 whatever the umask. */
    readonly makeDirectory: (path: string) => Effect.Effect<void, FileError>
    readonly setMode: (path: string, mode: number) => Effect.Effect<void, FileError>
    /** Sets the modification time to now. */
    readonly touch: (path: string) => Effect.Effect<void, FileError>
    /** Of the name itself: symbolic links are not followed. */
    readonly facts: (path: string) => Effect.Effect<FileFacts, FileError>
    readonly names: (directory: string) => Effect.Effect<ReadonlyArray<string>, FileError>
    /** Makes the names in a directory durable. */
    readonly syncDirectory: (path: string) => Effect.Effect<void, FileError>
    readonly space: (path: string) => Effect.Effect<FileSystemSpace, FileError>
    /**
     * At most `limit` octets of each; names that are gone are left out, what is not a regular file comes without
     * octets. Many names at once, as listings want.
     */
    readonly heads: (
      directory: string,
      names: ReadonlyArray<string>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<FileHead>, FileError>
    /** The inner effect ends when something in the directory changed since its last end. May never, where unsupported. */
    readonly watch: (directory: string) => Effect.Effect<Effect.Effect<void>, never, Scope.Scope>
  }
>() {}
