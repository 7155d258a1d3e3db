/**
 * Several processes over one model disk, one operation at a time, in an order that somebody else chooses.
 *
 * A process is the real program (the real layers over `SpoolFiles` and `SpoolHost`), run by a scheduler that does nothing
 * by itself: it advances to its next file operation and stops there until it is granted. Killing it means never
 * granting anything again.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import type { Scheduler } from "effect/Scheduler"
import type { ProcessFacts, ProcessIdentity } from "../../src/domain/queue/Owner.ts"
import * as QueueDirectory from "../../src/layers/queue/QueueDirectory.ts"
import type { Queue } from "../../src/services/Queue.ts"
import { FileError, type SpoolFile, SpoolFiles } from "../../src/services/SpoolFiles.ts"
import { SpoolHost } from "../../src/services/SpoolHost.ts"
import { policy } from "../layers/queue/drafts.ts"
import { type Inode, ModelDisk } from "./ModelDisk.ts"

export type Files = typeof SpoolFiles.Service

/** Changes what a process does to the disk: a mutant of the program. */
export type Mutation = (files: Files, world: ModelWorld) => Files

/** A program with a defect. */
export interface Mutant {
  readonly files?: Mutation
  /** Takes every other process for dead. */
  readonly isEveryoneGone?: boolean
}

export interface ModelProcess {
  readonly name: string
  readonly pid: number
  /** Does the operation it waits for; absent: it has ended. */
  step: (() => void) | undefined
  /** Ends the fibers of a process that is not alive any more, so that nothing of it is kept in memory. */
  unwind: () => void
  isAlive: boolean
}

/** Does nothing before it is told to, and then everything. */
class HandScheduler implements Scheduler {
  private tasks: Array<() => void> = []

  shouldYield(): false {
    return false
  }

  scheduleTask(task: () => void): void {
    this.tasks.push(task)
  }

  flush(): void {
    for (let task = this.tasks.shift(); task !== undefined; task = this.tasks.shift()) task()
  }
}

const filler = new Uint8Array(64 * 1024)

/** Not `Effect.never`: that keeps a timer, and with it all that waits, for as long as we run. */
export const forever: Effect.Effect<never> = Effect.async(() => {})

/** What a killed process finds wherever it goes: nothing can catch it, and nothing is done. */
const killed: Effect.Effect<never> = Effect.die("killed")

export const spoolRoot = "/home/spool"

export class ModelWorld {
  readonly disk = new ModelDisk()
  /** What happened, with paths in full; `story` cuts them to what tells them apart. */
  readonly trace: Array<string> = []
  processes: Array<ModelProcess> = []
  boot = 1
  private nextPid = 100
  private nextRandom = 1
  private readonly scheduler = new HandScheduler()

  private readonly mutation: Mutation
  private readonly isEveryoneGone: boolean

  constructor({ files = (given) => given, isEveryoneGone = false }: Mutant = {}) {
    this.mutation = files
    this.isEveryoneGone = isEveryoneGone
    this.disk.makeDirectory("/home")
    this.disk.syncDirectory("/")
  }

  /** Starts a process; it runs up to its first operation. `onDefect` is told of anything that should never happen. */
  start<A, E>(
    name: string,
    program: Effect.Effect<A, E, Queue>,
    onEnd: (exit: Exit.Exit<A, E>) => void
  ): void {
    const process: ModelProcess = {
      name,
      pid: this.nextPid++,
      step: undefined,
      unwind: () => {},
      isAlive: true
    }
    this.processes.push(process)
    const parts = Layer.merge(
      Layer.succeed(SpoolFiles, this.mutation(this.filesOf(process), this)),
      Layer.succeed(SpoolHost, this.hostOf(process))
    )
    const queue = QueueDirectory.layerAt({ directory: spoolRoot, policy }).pipe(
      Layer.provide(parts),
      Layer.merge(Logger.remove(Logger.defaultLogger))
    )
    const run = program.pipe(
      Effect.provide(queue),
      Effect.withClock(this.clock()),
      Effect.withTracerEnabled(false)
    )
    const fiber = Effect.runFork(run, { scheduler: this.scheduler })
    process.unwind = () => fiber.unsafeInterruptAsFork(FiberId.none)
    fiber.addObserver((exit) => {
      if (!process.isAlive) return
      process.isAlive = false
      process.step = undefined
      onEnd(exit)
    })
    this.scheduler.flush()
  }

  get story(): string {
    return this.trace.map(short).join("\n")
  }

  get runnable(): ReadonlyArray<ModelProcess> {
    return this.processes.filter(({ isAlive, step }) => isAlive && step !== undefined)
  }

  advance(process: ModelProcess): void {
    const { step } = process
    process.step = undefined
    this.disk.now += 1
    step?.()
    this.scheduler.flush()
  }

  kill(process: ModelProcess): void {
    this.trace.push(`KILL ${process.name}`)
    this.end(process)
  }

  /** Nobody is left. */
  endAll(): void {
    for (const process of this.processes) this.end(process)
    this.processes = []
  }

  private end(process: ModelProcess): void {
    if (!process.isAlive) return
    process.isAlive = false
    process.step = undefined
    process.unwind()
    this.scheduler.flush()
  }

  losePower(choose: (bound: number) => number): void {
    this.trace.push("POWER LOSS")
    this.endAll()
    this.boot++
    this.disk.lose(choose)
  }

  /** An operation of `process`, done when it is granted. */
  operation<A>(process: ModelProcess, what: string, run: () => A): Effect.Effect<A, FileError> {
    return Effect.uninterruptible(
      Effect.async<A, FileError>((resume) => {
        if (!process.isAlive) {
          resume(killed)
          return
        }
        const { unwind } = process
        process.unwind = () => {
          unwind()
          resume(killed)
        }
        process.step = () => {
          process.unwind = unwind
          this.trace.push(`${process.name}: ${what}`)
          try {
            resume(Effect.succeed(run()))
          } catch (error) {
            if (!(error instanceof FileError)) throw error
            this.trace.push(`${process.name}:   ${error.code}`)
            resume(Effect.fail(error))
          }
        }
      })
    )
  }

  /** A step of the outside world: nothing of it is on the disk. */
  event(name: string, what: string, run: () => void): Effect.Effect<void> {
    const process = this.processes.find((candidate) => candidate.name === name && candidate.isAlive)
    return process === undefined ? forever : Effect.orDie(this.operation(process, what, run))
  }

  private clock(): Clock.Clock {
    const real = Clock.make()
    const millis = Effect.sync(() => this.disk.now)
    return {
      ...real,
      currentTimeMillis: millis,
      currentTimeNanos: Effect.map(millis, (now) => BigInt(now) * 1_000_000n),
      unsafeCurrentTimeMillis: () => this.disk.now,
      unsafeCurrentTimeNanos: () => BigInt(this.disk.now) * 1_000_000n,
      sleep: () => forever
    }
  }

  private hostOf(process: ModelProcess) {
    const self: ProcessIdentity = {
      pid: process.pid,
      startTime: "1",
      bootId: `b${this.boot}`,
      pidNamespace: "1",
      machine: "m"
    }
    const inspect = (pid: number): ProcessFacts => {
      const found = this.processes.find((candidate) => candidate.pid === pid)
      return found?.isAlive === true && !this.isEveryoneGone
        ? { _tag: "Present", startTime: "1", isStopped: false }
        : { _tag: "Gone" }
    }
    return SpoolHost.of({
      self,
      userId: 1000,
      uptimeMillis: Effect.sync(() => this.disk.now - 1_600_000_000_000),
      inspect: (pid) => Effect.sync(() => inspect(pid)),
      randomOctets: (count) =>
        Effect.sync(() => {
          if (count > filler.length) return new Uint8Array(count)
          if (count > 64) return filler.subarray(0, count)
          const octets = new Uint8Array(count)
          new DataView(octets.buffer).setUint32(0, this.nextRandom++)
          return octets
        })
    })
  }

  private fileOf(process: ModelProcess, path: string, inode: Inode, isAppending: boolean): SpoolFile {
    const { disk } = this
    const step = <A>(what: string, run: () => A) => this.operation(process, `${what} ${path}`, run)
    return {
      facts: disk.factsOf(inode),
      read: (position, length) => step("read", () => inode.octets.slice(position, position + length)),
      write: (octets, position) =>
        step("write", () => {
          disk.write(inode, octets, isAppending ? inode.octets.length : position)
          return octets.length
        }),
      truncate: (length) => step("truncate", () => disk.truncate(inode, length)),
      sync: step("fsync", () => disk.syncFile(inode)),
      close: Effect.void
    }
  }

  private filesOf(process: ModelProcess): Files {
    const { disk } = this
    const step = <A>(what: string, run: () => A) => this.operation(process, what, run)
    const file = (what: string, path: string, open: () => Inode) =>
      step(`${what} ${path}`, open).pipe(
        Effect.map((inode) => this.fileOf(process, path, inode, what === "append"))
      )
    return SpoolFiles.of({
      createNew: (path) => file("create", path, () => disk.create(path)),
      openRead: (path) => file("open", path, () => disk.open(path)),
      readWhole: (path, limit) =>
        step(`read ${path}`, () => {
          if (
            !disk.names(path.slice(0, path.lastIndexOf("/"))).includes(path.slice(path.lastIndexOf("/") + 1))
          )
            return Option.none()
          const inode = disk.open(path)
          const facts = disk.factsOf(inode)
          return Option.some(facts.sizeBytes > limit ? { facts } : { facts, octets: inode.octets.slice() })
        }),
      openAppend: (path) => file("append", path, () => disk.openOrCreate(path)),
      rename: (from, to) => step(`rename ${from} ${to}`, () => disk.rename(from, to)),
      unlink: (path) => step(`unlink ${path}`, () => disk.unlink(path)),
      removeTree: (path) =>
        step(`remove ${path}`, () => {
          if (
            disk.names(path.slice(0, path.lastIndexOf("/"))).includes(path.slice(path.lastIndexOf("/") + 1))
          ) {
            disk.unlink(path)
          }
        }),
      makeDirectory: (path) => step(`mkdir ${path}`, () => disk.makeDirectory(path)),
      setMode: () => Effect.void,
      touch: (path) =>
        step(`touch ${path}`, () => {
          disk.open(path).modifiedAtMillis = disk.now
        }),
      facts: (path) => step(`lstat ${path}`, () => disk.facts(path)),
      names: (path) => step(`readdir ${path}`, () => disk.names(path)),
      syncDirectory: (path) => step(`fsync ${path}/`, () => disk.syncDirectory(path)),
      space: () =>
        Effect.succeed({
          totalBytes: 1e9,
          freeBytes: 1e9,
          totalFiles: 1e6,
          freeFiles: 1e6,
          isNetwork: false
        }),
      heads: (directory, names, limit) =>
        step(`heads ${directory}`, () =>
          names.flatMap((name) => {
            if (!disk.names(directory).includes(name)) return []
            const inode = disk.open(`${directory}/${name}`)
            return [{ name, facts: disk.factsOf(inode), octets: inode.octets.slice(0, limit) }]
          })
        ),
      watch: () => Effect.succeed(forever)
    })
  }
}

/** Ids and owners, cut to what tells them apart. */
const short = (path: string): string =>
  path
    .replace(`${spoolRoot}/`, "")
    .replace(/[0-9A-HJKMNP-TV-Z]{10}([0-9A-HJKMNP-TV-Z]{16})/g, (_, random: string) => random.slice(0, 7))
    .replace(/\.([0-9]+)-1-(b[0-9]+)-1-m-([0-9a-z]+)/g, (_, pid: string, boot: string) => `.${pid}${boot}`)
