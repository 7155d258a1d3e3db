/**
 * Runs a program of the user's choice for as long as a scope lasts: the MDA, a hook, a password command.
 *
 * A program is started without a shell, leads a process group of its own, and has a deadline; whatever ends the scope
 * before the program ends (failure, interruption, the deadline) ends the whole group: TERM, and KILL if that does not
 * help. What a program left running behind it when it ended by itself stays: `ssh -f` is a reason to have hooks.
 *
 * Source: esmtp: local.c (`popen`), main.c (`system`); postfix: pipe_command.c, timed_wait.c.
 */
import type { ChildProcess, StdioOptions } from "node:child_process"
import { accessSync, constants, statSync } from "node:fs"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ProgramEnd } from "../../domain/mda/MdaError.ts"
import type { Argv } from "../../domain/mda/MdaTemplate.ts"
import { type CapturedOutput, makeOutput, type Output } from "./ChildOutput.ts"
import type { Variables } from "./Environment.ts"

export interface Program extends Argv {
  readonly env: Variables
  /** Working directory; absent: the caller's. */
  readonly directory?: string
  readonly stdio: StdioOptions
  /** `own`: a session without a terminal. `shared`: may ask its questions on the caller's terminal. */
  readonly group: "own" | "shared"
  /** Absent: inherited. */
  readonly umask?: number
  readonly outputMaxBytes: number
}

export interface RunningProgram {
  /** Of standard output and standard error, where those are pipes. */
  readonly output: CapturedOutput
  readonly ended: Effect.Effect<ProgramEnd>
  /** Ends the program with its group, and waits for that. */
  readonly stop: Effect.Effect<void>
}

export class NotStarted extends Data.TaggedError("NotStarted")<{ readonly detail: string }> {
  override get message(): string {
    return this.detail
  }
}

/** From TERM to KILL, and from KILL to giving up on a process that hangs in the kernel. */
const graceMillis = 2000
/** For the rest of the group, once the program itself has obeyed. */
const groupGraceMillis = 500
const pollMillis = 10

const codeOf = (cause: unknown): unknown =>
  cause instanceof Error && "code" in cause ? cause.code : undefined

const startFaults: Readonly<Record<string, string>> = {
  ENOENT: "program not found",
  EACCES: "program may not be executed",
  E2BIG: "too many or too long arguments"
}

const notStarted = (file: string, cause: unknown): NotStarted => {
  const code = codeOf(cause)
  const why = typeof code === "string" ? (startFaults[code] ?? code) : String(cause)
  return new NotStarted({ detail: `${file}: ${why}` })
}

const isUsableDirectory = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}

/** A missing working directory would look like a missing program. */
export const homeOrRoot = (home: string | undefined): string =>
  home !== undefined && isUsableDirectory(home) ? home : "/"

/** False: there is no such process or group any more, or none that we may signal. */
const signal = (target: number, name: NodeJS.Signals | 0): boolean => {
  try {
    return process.kill(target, name)
  } catch {
    return false
  }
}

/** The mask belongs to the whole process, so it is set for just as long as the system call takes. */
const underUmask = <A>(umask: number | undefined, act: () => A): A => {
  if (umask === undefined) return act()
  const before = process.umask(umask)
  try {
    return act()
  } finally {
    process.umask(before)
  }
}

const endOf = (code: number | null, signalName: NodeJS.Signals | null): ProgramEnd =>
  signalName === null ? { _tag: "Exited", status: code ?? 0 } : { _tag: "Signalled", signal: signalName }

/** A stream that breaks has lost its writer; that is told by how the program ends. */
const letBreak = (child: ChildProcess): void => {
  for (const stream of [child.stdout, child.stderr]) stream?.on("error", () => undefined)
}

interface Running {
  readonly child: ChildProcess
  readonly exit: Deferred.Deferred<ProgramEnd>
  /** What signals go to; absent in the group of this process, where only the program itself is ours to end. */
  readonly groupId?: number
}

/** Listens before it lets go of the thread: a program may print and end before anybody else has a turn. */
const spawn = (program: Program, output: Output): Effect.Effect<Running, NotStarted> =>
  Effect.gen(function* () {
    const node = yield* Effect.promise(() => import("node:child_process"))
    const exit = yield* Deferred.make<ProgramEnd>()
    const { args, env, file, group, stdio, umask } = program
    const cwd = program.directory === undefined ? {} : { cwd: program.directory }
    const options = { ...cwd, env, stdio, detached: group === "own" }
    const child = yield* Effect.try({
      try: () => {
        const spawned = underUmask(umask, () => node.spawn(file, args, options))
        spawned.once("exit", (code, name) => Deferred.unsafeDone(exit, Effect.succeed(endOf(code, name))))
        output.attach([spawned.stdout, spawned.stderr])
        letBreak(spawned)
        return spawned
      },
      catch: (cause) => notStarted(file, cause)
    })
    const running = {
      child,
      exit,
      ...(group === "own" && child.pid !== undefined ? { groupId: child.pid } : {})
    }
    return yield* Effect.async<Running, NotStarted>((resume) => {
      child.once("spawn", () => resume(Effect.succeed(running)))
      // Stays attached: a later error (a signal that could not be sent) is no news here.
      child.on("error", (cause) => resume(Effect.fail(notStarted(file, cause))))
    })
  })

const send = ({ child, groupId }: Running, name: NodeJS.Signals) =>
  Effect.sync(() => (groupId === undefined ? child.kill(name) : signal(-groupId, name)))

const hasExited = ({ exit }: Running) => Deferred.isDone(exit)

/** A member that has died but was not waited for by its own parent still counts, so this is only worth a short wait. */
const isGroupGone = ({ groupId }: Running) => Effect.sync(() => groupId === undefined || !signal(-groupId, 0))

/** False: not in that time. */
const within = (millis: number, isDone: Effect.Effect<boolean>): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    for (let waited = 0; waited < millis; waited += pollMillis) {
      if (yield* isDone) return true
      yield* Effect.sleep(pollMillis)
    }
    return yield* isDone
  })

const stop = (running: Running): Effect.Effect<void> =>
  Effect.gen(function* () {
    yield* send(running, "SIGTERM")
    const hasObeyed = yield* within(graceMillis, hasExited(running))
    if (hasObeyed && (yield* within(groupGraceMillis, isGroupGone(running)))) return
    yield* send(running, "SIGKILL")
    yield* within(graceMillis, hasExited(running))
  })

const stopUnlessEnded = (running: Running): Effect.Effect<void> =>
  Effect.flatMap(Deferred.isDone(running.exit), (isOver) => (isOver ? Effect.void : stop(running)))

/** Nothing that a program left behind may keep this process waiting. */
const closeStreams = ({ stdout, stderr }: ChildProcess): void => {
  for (const stream of [stdout, stderr]) stream?.destroy()
}

/** Fails if the program can't be started at all. The scope owns it until it ends. */
export const start = (program: Program): Effect.Effect<RunningProgram, NotStarted, Scope.Scope> =>
  Effect.gen(function* () {
    const output = yield* makeOutput(program.outputMaxBytes)
    const running = yield* Effect.acquireRelease(spawn(program, output), (started) =>
      Effect.zipRight(
        stopUnlessEnded(started),
        Effect.sync(() => closeStreams(started.child))
      )
    )
    return {
      output,
      ended: Deferred.await(running.exit),
      stop: stopUnlessEnded(running)
    }
  })

/**
 * Waits for the end, at most `timeoutMillis`, while something goes on `alongside`. A failure there ends the program
 * with the scope; a deadline that passes ends it at once.
 */
export const untilEnd = <E>(
  running: RunningProgram,
  timeoutMillis: number,
  alongside: Effect.Effect<unknown, E>
): Effect.Effect<ProgramEnd, E> =>
  Effect.gen(function* () {
    const deadline = Effect.as(Effect.sleep(timeoutMillis), {
      _tag: "TimedOut" as const,
      afterMillis: timeoutMillis
    })
    const end = yield* Effect.raceFirst(
      running.ended,
      Effect.raceFirst(deadline, Effect.zipRight(alongside, Effect.never))
    )
    if (end._tag === "TimedOut") yield* running.stop
    return end
  })
