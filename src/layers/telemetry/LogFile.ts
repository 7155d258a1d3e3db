/**
 * Keyword `logfile`: a file of logfmt lines, or the system's log.
 *
 * The file is opened for each line, private and through no symbolic link: so it survives rotation by name, and a broken
 * disk costs a line. The system's log is reached by logger(1), as Node knows no datagram sockets of that family.
 */
import { closeSync, writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { Config } from "../../services/Config.ts"
import { openToAppend } from "./privateFile.ts"
import { writeErrorNow } from "./StandardStreams.ts"

export interface LogFileOptions {
  /** `-L` */
  readonly logTag?: string
}

const append = (path: string, line: string): void => {
  const fd = openToAppend(path)
  try {
    writeSync(fd, `${line}\n`)
  } finally {
    closeSync(fd)
  }
}

/** Told once: a log that can't be written is no reason to keep mail back. */
const appender = (path: string): ((line: string) => void) => {
  let isBroken = false
  return (line) => {
    try {
      append(path, line)
    } catch (cause) {
      if (!isBroken)
        writeErrorNow(`esmtp: logfile: ${cause instanceof Error ? cause.message : String(cause)}\n`)
      isBroken = true
    }
  }
}

const atLeastInfo = (write: (line: string) => void): Logger.Logger<unknown, void> =>
  Logger.make((options) => {
    if (LogLevel.greaterThanEqual(options.logLevel, LogLevel.Info)) write(Logger.logfmtLogger.log(options))
  })

/** Standard error may want less. */
const fromInfo = Layer.unwrapEffect(
  Effect.map(FiberRef.get(FiberRef.currentMinimumLogLevel), (level) =>
    LogLevel.lessThan(level, LogLevel.Info) ? Layer.empty : Logger.minimumLogLevel(LogLevel.Info)
  )
)

const syslogger = (tag: string): Effect.Effect<(line: string) => void> =>
  Effect.map(
    Effect.promise(() => import("node:child_process")),
    ({ spawnSync }) =>
      (line) => {
        const result = spawnSync("logger", ["-p", "mail.info", "-t", tag, "--", line], {
          stdio: "ignore",
          timeout: 2000
        })
        if (result.error !== undefined) writeErrorNow(`esmtp: logger: ${result.error.message}\n`)
      }
  )

export const layer = ({ logTag }: LogFileOptions): Layer.Layer<never, never, Config> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const { logfile } = yield* Config
      if (logfile === undefined) return Layer.empty
      const write = logfile === "syslog" ? yield* syslogger(logTag ?? "esmtp") : appender(logfile)
      return Layer.merge(Logger.add(atLeastInfo(write)), fromInfo)
    })
  )
