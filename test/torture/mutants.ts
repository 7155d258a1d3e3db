/** Programs that each lack one step of the protocol, or do it in another order. */
import * as Effect from "effect/Effect"
import type { FileError, SpoolFile } from "../../src/services/SpoolFiles.ts"
import type { Files, Mutant } from "./ModelWorld.ts"

const done = Effect.void

type Opened = Effect.Effect<SpoolFile, FileError>

const changed = (opened: Opened, change: (file: SpoolFile) => Partial<SpoolFile>): Opened =>
  Effect.map(opened, (file) => ({ ...file, ...change(file) }))

const withoutDirectorySync =
  (isMeant: (path: string) => boolean) =>
  (files: Files): Files => ({
    ...files,
    syncDirectory: (path) => (isMeant(path) ? done : files.syncDirectory(path))
  })

/** The fsync of q/ that stands between the end of a message and the end of its journal. */
const withoutSyncBeforeJournalGoes = (files: Files): Files => {
  let isUnlinked = false
  return {
    ...files,
    unlink: (path) =>
      Effect.suspend(() => {
        isUnlinked ||= path.includes("/q/")
        return files.unlink(path)
      }),
    syncDirectory: (path) =>
      Effect.suspend(() => {
        if (!isUnlinked || !path.endsWith("/q")) return files.syncDirectory(path)
        isUnlinked = false
        return done
      })
  }
}

/** No sync of q/ but those after a change of one's own: what others left there is taken for safe. */
const trustingOthers = (files: Files): Files => {
  let hasChanged = false
  return {
    ...files,
    rename: (from, to) =>
      Effect.suspend(() => {
        hasChanged ||= from.includes("/tmp/") && to.includes("/q/")
        return files.rename(from, to)
      }),
    unlink: (path) =>
      Effect.suspend(() => {
        hasChanged ||= path.includes("/q/")
        return files.unlink(path)
      }),
    syncDirectory: (path) =>
      Effect.suspend(() => {
        if (path.endsWith("/q") && !hasChanged) return done
        if (path.endsWith("/q")) hasChanged = false
        return files.syncDirectory(path)
      })
  }
}

/** The message is synced only once it has its name in the queue. */
const syncingAfterRename = (files: Files): Files => {
  const unsynced = new Map<string, SpoolFile>()
  return {
    ...files,
    createNew: (path) =>
      path.includes("/tmp/0")
        ? changed(files.createNew(path), (file) => {
            unsynced.set(path, file)
            return { sync: done }
          })
        : files.createNew(path),
    rename: (from, to) =>
      Effect.zipRight(
        files.rename(from, to),
        Effect.suspend(() => unsynced.get(from)?.sync ?? done)
      )
  }
}

/** The queue's directory is synced before the message's name is in it, not after. */
const syncingBeforeRename = (files: Files): Files => ({
  ...files,
  rename: (from, to) =>
    from.includes("/tmp/") && to.includes("/q/")
      ? Effect.zipRight(files.syncDirectory(to.slice(0, to.lastIndexOf("/"))), files.rename(from, to))
      : files.rename(from, to),
  syncDirectory: (path) => (path.endsWith("/q") ? done : files.syncDirectory(path))
})

/** The journal goes first, then the message. */
const journalFirst = (files: Files): Files => ({
  ...files,
  unlink: (path) => {
    const [, root = "", id = ""] = /^(.*)\/q\/([^./]+)\.[^/]+$/.exec(path) ?? []
    return id === ""
      ? files.unlink(path)
      : Effect.zipRight(Effect.ignore(files.unlink(`${root}/st/${id}`)), files.unlink(path))
  }
})

/** Claimed entries in a directory of their own, and only that one synced: the layout that this one replaces. */
const withActiveDirectory = (files: Files): Files => {
  const place = (path: string) => path.replace(/\/q\/([^/]+\.[^/]+)$/, "/act-$1").replace("/act-", "/act/")
  const prepared = (path: string) => {
    const root = path.slice(0, path.lastIndexOf("/"))
    return files.makeDirectory(`${root}/act`).pipe(
      Effect.catchIf(
        ({ code }) => code === "EEXIST",
        () => done
      )
    )
  }
  return {
    ...files,
    makeDirectory: (path) =>
      path.endsWith("/q")
        ? Effect.zipRight(prepared(path), files.makeDirectory(path))
        : files.makeDirectory(path),
    openRead: (path) => files.openRead(place(path)),
    readWhole: (path, limit) => files.readWhole(place(path), limit),
    facts: (path) => files.facts(place(path)),
    touch: (path) => files.touch(place(path)),
    unlink: (path) => files.unlink(place(path)),
    rename: (from, to) => files.rename(place(from), place(to)),
    names: (path) =>
      path.endsWith("/q")
        ? Effect.zipWith(files.names(path), files.names(`${path.slice(0, -2)}/act`), (free, held) => [
            ...free,
            ...held
          ])
        : files.names(path),
    heads: (directory, names, limit) =>
      directory.endsWith("/q")
        ? Effect.zipWith(
            files.heads(directory, names, limit),
            files.heads(`${directory.slice(0, -2)}/act`, names, limit),
            (free, held) => [...free, ...held]
          )
        : files.heads(directory, names, limit),
    syncDirectory: (path) => files.syncDirectory(path.endsWith("/q") ? `${path.slice(0, -2)}/act` : path)
  }
}

export const mutants: Readonly<Record<string, Mutant>> = {
  "the message is not synced": {
    files: (files) => ({
      ...files,
      createNew: (path) =>
        changed(files.createNew(path), () => (path.includes("/tmp/0") ? { sync: done } : {}))
    })
  },
  "the queue's directory is not synced": { files: withoutDirectorySync((path) => path.endsWith("/q")) },
  "the journal is not synced": {
    files: (files) => ({
      ...files,
      openAppend: (path) => changed(files.openAppend(path), () => ({ sync: done }))
    })
  },
  "the journals' directory is not synced": { files: withoutDirectorySync((path) => path.endsWith("/st")) },
  "new directories are not synced in their parent": {
    files: withoutDirectorySync((path) => !/\/(tmp|q|st|bad|dead|run)$/.test(path))
  },
  "what a dead owner left in the queue is taken for safe": { files: trustingOthers },
  "the message is synced after its rename into the queue": { files: syncingAfterRename },
  "the queue's directory is synced before the rename": { files: syncingBeforeRename },
  "the journal goes before the message": { files: journalFirst },
  "the journal goes before the message is known to be gone": { files: withoutSyncBeforeJournalGoes },
  "claimed mail has a directory of its own": { files: withActiveDirectory },
  "living owners are taken for dead": { isEveryoneGone: true },
  "results are not recorded": {
    files: (files) => ({
      ...files,
      openAppend: (path) =>
        changed(files.openAppend(path), (file) => ({
          write: (octets, position) =>
            Buffer.from(octets).includes('"type":"result"')
              ? Effect.succeed(octets.length)
              : file.write(octets, position)
        }))
    })
  },
  "a claim copies the entry instead of moving it": {
    files: (files) => ({
      ...files,
      rename: (from, to) =>
        /\/q\/[^./]+$/.test(from)
          ? Effect.scoped(
              Effect.gen(function* () {
                const source = yield* files.openRead(from)
                const octets = yield* source.read(0, source.facts.sizeBytes)
                const copy = yield* files.createNew(to)
                yield* copy.write(octets, 0)
              })
            )
          : files.rename(from, to)
    })
  }
}
