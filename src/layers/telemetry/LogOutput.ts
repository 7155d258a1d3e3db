/**
 * Structured logs on standard error: one event a line, a constant message with fields.
 *
 * `ESMTP_LOG` picks the format (`logfmt`, `json`, `pretty`, `none`), `ESMTP_LOG_LEVEL` the level; `-d` raises it.
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as HashSet from "effect/HashSet"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { writeErrorNow } from "./StandardStreams.ts"

export interface LogOptions {
  readonly env: {
    /** Unknown: logfmt. */
    readonly ESMTP_LOG?: string | undefined
    /** Unknown: warnings and errors. */
    readonly ESMTP_LOG_LEVEL?: string | undefined
  }
  /** `-d`: 0 leaves the level as it is. */
  readonly debugLevel: number
}

const levels: Readonly<Record<string, LogLevel.LogLevel>> = {
  all: LogLevel.All,
  trace: LogLevel.Trace,
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warning: LogLevel.Warning,
  warn: LogLevel.Warning,
  error: LogLevel.Error,
  fatal: LogLevel.Fatal,
  none: LogLevel.None
}

const minimumLevel = (options: LogOptions): LogLevel.LogLevel => {
  if (options.debugLevel > 1) return LogLevel.Trace
  if (options.debugLevel === 1) return LogLevel.Debug
  return levels[options.env.ESMTP_LOG_LEVEL?.toLowerCase() ?? ""] ?? LogLevel.Warning
}

const toStandardError = (format: Logger.Logger<unknown, string>): Logger.Logger<unknown, void> =>
  Logger.map(format, (line) => writeErrorNow(`${line}\n`))

const logger = (format: string | undefined): Logger.Logger<unknown, void> => {
  switch (format) {
    case "json":
      return toStandardError(Logger.jsonLogger)
    case "pretty":
      return Logger.prettyLogger({ stderr: true })
    case "none":
      return Logger.none
    default:
      return toStandardError(Logger.logfmtLogger)
  }
}

/** What stands on standard error, and no more, whoever else listens to more. */
const from = (level: LogLevel.LogLevel, inner: Logger.Logger<unknown, void>): Logger.Logger<unknown, void> =>
  Logger.make((options) => {
    if (LogLevel.greaterThanEqual(options.logLevel, level)) inner.log(options)
  })

export const layer = (options: LogOptions): Layer.Layer<never> => {
  const level = minimumLevel(options)
  const replacement = from(level, logger(options.env.ESMTP_LOG))
  return Layer.scopedDiscard(
    Effect.zipRight(
      Effect.locallyScopedWith(FiberRef.currentLoggers, (loggers) =>
        HashSet.add(HashSet.remove(loggers, Logger.defaultLogger), replacement)
      ),
      // Whoever listens to more lowers it: what nobody hears is not even put together.
      Effect.locallyScoped(FiberRef.currentMinimumLogLevel, level)
    )
  )
}
