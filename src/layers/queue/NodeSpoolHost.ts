/**
 * `SpoolHost` from /proc, and from ps(1) where there is none.
 *
 * Source: proc(5) (`/proc/<pid>/stat` fields 3 and 22, `boot_id`), pid_namespaces(7), machine-id(5).
 * Deviation without /proc: the boot is not told apart; start times in wall clock time still tell processes apart.
 */
import { randomBytes } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { hostname, uptime } from "node:os"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { crc32c } from "../../domain/queue/Crc32c.ts"
import type { ProcessFacts, ProcessIdentity } from "../../domain/queue/Owner.ts"
import { SpoolHost } from "../../services/SpoolHost.ts"

const gone: ProcessFacts = { _tag: "Gone" }

const present = (state: string, startTime: string): ProcessFacts =>
  state.startsWith("Z") || state.startsWith("X")
    ? { _tag: "Zombie" }
    : { _tag: "Present", startTime, isStopped: state.startsWith("T") || state.startsWith("t") }

/** The command's name stands in brackets and may hold anything; what follows the last bracket is regular. */
const ofStat = (stat: string): ProcessFacts => {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return present(fields[0] ?? "?", fields[19] ?? "0")
}

const isNoEntry = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ESRCH")

/** A process that can't be looked at is taken for a living one. */
const unseen: ProcessFacts = { _tag: "Present", startTime: "0", isStopped: false }

const fromProc = (proc: string, pid: number): Effect.Effect<ProcessFacts> =>
  Effect.tryPromise(() => readFile(`${proc}/${pid}/stat`, "latin1")).pipe(
    Effect.map(ofStat),
    Effect.catchAll(({ error }) => Effect.succeed(isNoEntry(error) ? gone : unseen))
  )

const fromPs = (pid: number): Effect.Effect<ProcessFacts> =>
  Effect.gen(function* () {
    const { execFile } = yield* Effect.promise(() => import("node:child_process"))
    return yield* Effect.async<ProcessFacts>((resume) => {
      execFile(
        "ps",
        ["-o", "stat=", "-o", "lstart=", "-p", String(pid)],
        { env: { PATH: "/bin:/usr/bin", LC_ALL: "C", TZ: "UTC" } },
        (error, stdout) => {
          const [state, ...start] = stdout.trim().split(/\s+/)
          if (state !== undefined && state !== "" && error === null) {
            resume(
              Effect.succeed(
                present(
                  state,
                  start
                    .join("")
                    .toLowerCase()
                    .replace(/[^0-9a-z]/g, "")
                )
              )
            )
          } else {
            // ps says 1 for "no such process"; anything else is ps's own trouble.
            resume(Effect.succeed(error !== null && error.code === 1 ? gone : unseen))
          }
        }
      )
    })
  })

const text = (path: string): Option.Option<string> => {
  try {
    return Option.some(readFileSync(path, "latin1").trim())
  } catch {
    return Option.none()
  }
}

const namespaceOf = (proc: string): string => {
  try {
    return readlinkSync(`${proc}/self/ns/pid`).replace(/[^0-9]/g, "") || "0"
  } catch {
    return "0"
  }
}

const machine = (): string =>
  crc32c(new TextEncoder().encode(Option.getOrElse(text("/etc/machine-id"), hostname)))
    .toString(16)
    .padStart(8, "0")

const identity = (proc: string, hasProc: boolean): Effect.Effect<ProcessIdentity> =>
  Effect.gen(function* () {
    const facts = yield* hasProc ? fromProc(proc, process.pid) : fromPs(process.pid)
    return {
      pid: process.pid,
      startTime: facts._tag === "Present" && facts.startTime !== "" ? facts.startTime : "0",
      bootId: Option.match(text(`${proc}/sys/kernel/random/boot_id`), {
        onNone: () => "0",
        onSome: (id) => id.toLowerCase().replace(/[^0-9a-z]/g, "") || "0"
      }),
      pidNamespace: namespaceOf(proc),
      machine: machine()
    }
  })

const makeWith = ({ proc }: { readonly proc: string }) =>
  Effect.gen(function* () {
    const hasProc = Option.isSome(text(`${proc}/self/stat`))
    return SpoolHost.of({
      self: yield* identity(proc, hasProc),
      userId: process.geteuid?.() ?? 0,
      uptimeMillis: Effect.sync(() => Math.round(uptime() * 1000)),
      inspect: (pid) => (hasProc ? fromProc(proc, pid) : fromPs(pid)),
      randomOctets: (count) => Effect.sync(() => randomBytes(count))
    })
  })

export const make = makeWith({ proc: "/proc" })

/** `proc`: where procfs is mounted, if it is. */
export const layerWith = (options: { readonly proc: string }): Layer.Layer<SpoolHost> =>
  Layer.effect(SpoolHost, makeWith(options))

export const layer: Layer.Layer<SpoolHost> = Layer.effect(SpoolHost, make)
