/**
 * Power that goes at a chosen moment: a file system in an image, shut down by force so that nothing reaches the image any
 * more, then mounted again.
 *
 * Source: ioctl(2) FS_IOC_SHUTDOWN with NOLOGFLUSH: what the kernel has not written yet, journal included, is gone.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { findProgram, programPath } from "../support/requirePart.ts"

/** Names of mkfs, and the size that each wants at least. */
const imageMegabytes = { ext4: 32, xfs: 320 } as const

export type FileSystem = keyof typeof imageMegabytes

const makers: Readonly<Record<FileSystem, ReadonlyArray<string>>> = {
  ext4: ["-q", "-F"],
  xfs: ["-q", "-f"]
}

/** ext4 would commit by itself every 5 seconds; here only what is synced is written. */
const options: Readonly<Record<FileSystem, string>> = { ext4: "loop,commit=300", xfs: "loop" }

const shutdown = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack("I", 2))
`

export interface Disk {
  readonly directory: string
  /** What is on the disk after the power has come back. */
  readonly losePower: Effect.Effect<void>
}

const quietly = (file: string, ...args: ReadonlyArray<string>) =>
  execFileSync(programPath(file), args, { stdio: ["ignore", "ignore", "pipe"] })

const mount = (kind: FileSystem, image: string, directory: string) =>
  quietly("mount", "-t", kind, "-o", options[kind], image, directory)

/** Whether the file system lives: one that was shut down refuses to write. */
const isAlive = (directory: string): boolean => {
  try {
    fs.rmdirSync(fs.mkdtempSync(path.join(directory, "probe-")))
    return true
  } catch {
    return false
  }
}

/**
 * A process elsewhere that made a mount namespace of its own keeps the old file system a little longer, and mounting gives
 * that one again: until it is let go, there is no new one.
 */
const powerUp = (kind: FileSystem, image: string, directory: string): Effect.Effect<void> =>
  Effect.sync(() => {
    mount(kind, image, directory)
    if (isAlive(directory)) return true
    quietly("umount", directory)
    return false
  }).pipe(Effect.delay("20 millis"), Effect.repeat({ until: (alive) => alive }), Effect.asVoid)

/** A fresh disk under `home`, unmounted with the scope. */
export const makeDisk = (kind: FileSystem, home: string): Effect.Effect<Disk, never, Scope.Scope> =>
  Effect.gen(function* () {
    const directory = path.join(home, "disk")
    const image = path.join(home, "image")
    fs.mkdirSync(directory)
    fs.writeFileSync(image, "")
    fs.truncateSync(image, imageMegabytes[kind] * 1024 * 1024)
    quietly(`mkfs.${kind}`, ...makers[kind], image)
    yield* Effect.acquireRelease(
      Effect.sync(() => mount(kind, image, directory)),
      () => Effect.sync(() => quietly("umount", directory))
    )
    fs.chmodSync(directory, 0o700)
    quietly("sync", "-f", directory)
    return {
      directory,
      losePower: Effect.sync(() => {
        quietly("python3", "-c", shutdown, directory)
        quietly("umount", directory)
      }).pipe(Effect.zipRight(powerUp(kind, image, directory)))
    }
  })

/** Whether this machine lets us make and mount a disk at all: root, loop devices, a kernel that knows the ioctl. */
export const canLosePower = async (kind: FileSystem): Promise<boolean> => {
  if (process.getuid?.() !== 0 || findProgram(`mkfs.${kind}`) === undefined) return false
  const home = fs.mkdtempSync(path.join("/tmp", "esmtp-disk-"))
  try {
    await Effect.runPromise(Effect.scoped(Effect.flatMap(makeDisk(kind, home), ({ losePower }) => losePower)))
    return true
  } catch {
    return false
  } finally {
    fs.rmSync(home, { recursive: true, force: true })
  }
}
