/** A user with a home directory, programs of the test's own, and somebody who watches. */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import type { Settings } from "../../../src/domain/config/Settings.ts"
import type { MessageError } from "../../../src/domain/mail/MessageError.ts"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import { Config } from "../../../src/services/Config.ts"
import { LocalSystem } from "../../../src/services/LocalSystem.ts"
import type { Message } from "../../../src/services/Message.ts"
import { StandardStreams } from "../../../src/services/StandardStreams.ts"
import { TrafficLog } from "../../../src/services/TrafficLog.ts"

const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

export const settings = (mda: string | undefined, forceMda?: string): Settings => ({
  identities: [],
  ...(mda === undefined ? {} : { mda }),
  ...(forceMda === undefined ? {} : { forceMda }),
  deliveryMode: "interactive",
  queueDir: "/nonexistent",
  queueLifetimeMillis: 1,
  retryScheduleMillis: [1],
  queueSessions: 1
})

export const configOf = (mda: string | undefined, forceMda?: string): Layer.Layer<Config> =>
  Layer.succeed(Config, settings(mda, forceMda))

export const systemOf = (home: string | undefined, userName = "joe"): Layer.Layer<LocalSystem> =>
  Layer.succeed(LocalSystem, {
    userName,
    ...(home === undefined ? {} : { home }),
    hostName: "host.example.org",
    utcOffsetMinutes: () => 0,
    processId: 1
  })

export const streamsOf = (errorIsTerminal: boolean): Layer.Layer<StandardStreams> =>
  Layer.succeed(StandardStreams, {
    out: () => Effect.void,
    error: () => Effect.void,
    errorIsTerminal,
    outIsTerminal: false,
    confirm: () => Effect.succeed(false)
  })

/** What `TrafficLog` was told. */
export class Watched extends Context.Tag("esmtp/test/layers/mda/household/Watched")<
  Watched,
  Ref.Ref<ReadonlyArray<SessionEvent>>
>() {}

export const watching: Layer.Layer<TrafficLog | Watched> = Layer.effectContext(
  Effect.map(Ref.make<ReadonlyArray<SessionEvent>>([]), (events) =>
    Context.make(Watched, events).pipe(
      Context.add(TrafficLog, { record: (event) => Ref.update(events, (before) => [...before, event]) })
    )
  )
)

export const messageOf = (body: string | Stream.Stream<Uint8Array, MessageError>): Message => ({
  header: { wire: octets("Subject: wire\r\n\r\n"), local: octets("Subject: test\r\nTo: joe\r\n\r\n") },
  facts: {
    sizeBytes: 0,
    hasEightBitHeader: false,
    hasEightBitBody: false,
    longestLineBytes: 0,
    nulsDropped: 0
  },
  body: typeof body === "string" ? Stream.make(octets(body)) : body
})

/** An executable file of the directory. */
export const program = (directory: string, name: string, lines: ReadonlyArray<string>): string => {
  const file = path.join(directory, name)
  fs.writeFileSync(file, `#!/bin/sh\n${lines.join("\n")}\n`, { mode: 0o700 })
  return file
}

/** Writes its arguments, its environment and its standard input into files beside it, and then does as `more` says. */
export const recorder = (directory: string, more: ReadonlyArray<string> = []): string =>
  program(directory, "recorder", [
    `cd '${directory}' || exit 99`,
    "pwd_before=$OLDPWD",
    "for argument; do printf '%s\\0' \"$argument\"; done > argv",
    "env -0 > env",
    "umask > umask",
    'printf %s "$pwd_before" > cwd',
    "cat > stdin.part && mv stdin.part stdin",
    ...more
  ])

export const recorded = (directory: string, name: string): string =>
  fs.readFileSync(path.join(directory, name), "utf8")

export const recordedList = (directory: string, name: string): ReadonlyArray<string> =>
  recorded(directory, name).split("\0").slice(0, -1)

/** Whether a process is there and no zombie. */
export const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s*Z/m.test(fs.readFileSync(`/proc/${pid}/status`, "utf8"))
  } catch {
    return false
  }
}
