/**
 * The file of `-X`: appended to, private, never followed through a symbolic link, nobody else's.
 *
 * Source: esmtp: main.c option `X`. Deviations: a file that can't be opened is an error before anything is sent; mode
 * 0600 whatever the umask.
 */
import { closeSync, writeSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { OutputError } from "../../domain/telemetry/OutputError.ts"
import type { SessionEvent } from "../../domain/telemetry/SessionEvent.ts"
import { transcriptText } from "../../domain/telemetry/TranscriptText.ts"
import { openToAppend } from "./privateFile.ts"

const failed = (path: string) => (cause: unknown) =>
  new OutputError({ path, detail: cause instanceof Error ? cause.message : String(cause), cause })

/** A recorder that lives as long as the scope. The first failed write is warned of; the delivery goes on. */
export const open = (
  path: string
): Effect.Effect<(event: SessionEvent) => Effect.Effect<void>, OutputError, Scope.Scope> =>
  Effect.gen(function* () {
    const fd = yield* Effect.acquireRelease(
      Effect.try({ try: () => openToAppend(path), catch: failed(path) }),
      (opened) => Effect.sync(() => closeSync(opened))
    )
    let broken = false
    return (event: SessionEvent) => {
      const text = transcriptText(event)
      if (text === "" || broken) return Effect.void
      return Effect.try({ try: () => void writeSync(fd, text), catch: failed(path) }).pipe(
        Effect.catchTag("OutputError", (error) => {
          broken = true
          return Effect.logWarning("transcript incomplete").pipe(
            Effect.annotateLogs({ reason: error.message })
          )
        })
      )
    }
  })
