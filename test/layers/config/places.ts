/** Places and callers for tests of configuration files. */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type ConfigFileOptions, load } from "../../../src/layers/config/ConfigFile.ts"
import { LocalSystem } from "../../../src/services/LocalSystem.ts"
import { makeTempDir } from "../../support/TempDir.ts"

/** A user whose entry in the user database says `home`. */
export const userAt = (home?: string) =>
  Layer.succeed(LocalSystem, {
    userName: "kim",
    ...(home === undefined ? {} : { home }),
    hostName: "desk.example",
    utcOffsetMinutes: () => 0,
    processId: 1
  })

/** A directory with a home, and a place for the system's file, which is not there unless a test writes it. */
export const makePlaces = Effect.map(makeTempDir, (directory) => {
  const home = path.join(directory, "home")
  fs.mkdirSync(home, { mode: 0o700 })
  const user = path.join(home, ".esmtprc")
  return { directory, home, user, systemPath: path.join(directory, "esmtprc") }
})

export const write = (file: string, text: string | Uint8Array, mode = 0o600): string => {
  fs.writeFileSync(file, text)
  fs.chmodSync(file, mode)
  return file
}

export const hostFrom = (options: ConfigFileOptions, home?: string) =>
  load(options).pipe(
    Effect.map(({ settings }) => settings.identities[0]?.relay.host),
    Effect.provide(userAt(home ?? options.env["HOME"]))
  )

export const failureFrom = (options: ConfigFileOptions, home?: string) => Effect.flip(hostFrom(options, home))

/** Fails with the message of the error, for a file named by `-C`. */
export const refusalOf = (file: string) =>
  Effect.map(failureFrom({ configPath: file, env: {} }), ({ message }) => message)
