/**
 * Reads the files that TLS trusts, refusing those that others could have written or read.
 *
 * Source: esmtp: libESMTP tlsutils.c (`check_file`, `check_directory`).
 * Deviation: what was opened is what is judged, so a file can't be exchanged between the check and the read.
 */
import { constants, type Stats } from "node:fs"
import { type FileHandle, open, readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Limits from "../../domain/smtp/Limits.ts"

/** A file of a trust store can't be used; `detail` says why and, where a mode is the fault, names the cure. */
export class StoreProblem extends Data.TaggedError("StoreProblem")<{
  readonly path: string
  readonly detail: string
  readonly cause?: unknown
}> {
  override get message(): string {
    return `${this.path}: ${this.detail}`
  }
}

/**
 * `store`: libESMTP's rule for its own directories. `secret`: holds a private key, named in the configuration. `public`:
 * holds certificates or revocation lists, named in the configuration. `any`: protected by its directory.
 */
export type FileRule = "store" | "secret" | "public" | "any"

const octal = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, "0")

const flawOfOwner = ({ uid }: Stats, rule: FileRule): string | undefined => {
  // Platforms without user ids have no owners to compare.
  const me = process.getuid?.()
  if (me === undefined || uid === me || rule === "any") return undefined
  if (rule === "store") return "must be owned by you"
  return uid === 0 ? undefined : "must be owned by you or root"
}

const flawOfMode = (path: string, { mode }: Stats, rule: FileRule, cure: string): string | undefined => {
  const forbidden = { store: 0o077, secret: 0o077, public: 0o022, any: 0 }[rule]
  if ((mode & forbidden) === 0) return undefined
  const who = rule === "public" ? "others may write it" : "others have access to it"
  return `${who} (mode ${octal(mode)}): chmod ${cure} ${path}`
}

const flawOfFile = (path: string, stats: Stats, rule: FileRule): string | undefined => {
  if (!stats.isFile()) return "is not a regular file"
  if (stats.size === 0) return "is empty"
  if (stats.size > Limits.trustFileBytes) return `is larger than ${Limits.trustFileBytes} bytes`
  if (rule === "store" && (stats.mode & 0o100) !== 0) {
    return `is executable (mode ${octal(stats.mode)}): chmod 600 ${path}`
  }
  return flawOfOwner(stats, rule) ?? flawOfMode(path, stats, rule, rule === "public" ? "go-w" : "600")
}

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, StoreProblem> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) =>
      new StoreProblem({ path, detail: cause instanceof Error ? cause.message : String(cause), cause })
  })

const isMissing = ({ cause }: StoreProblem): boolean =>
  cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")

/** None where there is nothing at the path. */
const unlessMissing = <A>(
  found: Effect.Effect<A, StoreProblem>
): Effect.Effect<Option.Option<A>, StoreProblem> =>
  Effect.asSome(found).pipe(Effect.catchIf(isMissing, () => Effect.succeedNone))

const readOpened = Effect.fn("TrustFiles.readOpened")(function* (
  path: string,
  rule: FileRule,
  file: FileHandle
) {
  const stats = yield* attempt(path, () => file.stat())
  const flaw = flawOfFile(path, stats, rule)
  if (flaw !== undefined) return yield* new StoreProblem({ path, detail: flaw })
  return yield* attempt(path, () => file.readFile("utf8"))
})

/** Links are followed. A FIFO is refused, not waited for. */
export const readExisting = (path: string, rule: FileRule): Effect.Effect<string, StoreProblem> =>
  Effect.acquireUseRelease(
    attempt(path, () => open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)),
    (file) => readOpened(path, rule, file),
    // It was only read: a failing close loses nothing.
    (file) => Effect.promise(() => file.close().catch(() => {}))
  )

/** None where the file does not exist. */
export const readFile = (path: string, rule: FileRule): Effect.Effect<Option.Option<string>, StoreProblem> =>
  unlessMissing(readExisting(path, rule))

const hashedName = /^[0-9a-f]{8}\.[0-9]+$/

/** Every certificate file of an `openssl rehash`ed directory; none where it does not exist. */
export const readHashedDirectory = Effect.fn("TrustFiles.readHashedDirectory")(function* (path: string) {
  const found = yield* unlessMissing(attempt(path, () => stat(path)))
  if (Option.isNone(found)) return Option.none<ReadonlyArray<string>>()
  const stats = found.value
  if (!stats.isDirectory()) return yield* new StoreProblem({ path, detail: "is not a directory" })
  const flaw = flawOfOwner(stats, "store") ?? flawOfMode(path, stats, "store", "700")
  if (flaw !== undefined) return yield* new StoreProblem({ path, detail: flaw })
  const names = yield* attempt(path, () => readdir(path))
  const hashed = names.filter((name) => hashedName.test(name)).sort()
  if (hashed.length === 0) {
    return yield* new StoreProblem({ path, detail: `has no hashed certificate: openssl rehash ${path}` })
  }
  return Option.some(yield* Effect.forEach(hashed, (name) => readExisting(join(path, name), "any")))
})
