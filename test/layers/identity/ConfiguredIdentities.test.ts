import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { IdentityQuery } from "../../../src/domain/config/IdentitySelection.ts"
import { readSettings } from "../../../src/domain/config/SettingsReader.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import { layer } from "../../../src/layers/identity/ConfiguredIdentities.ts"
import { Config } from "../../../src/services/Config.ts"
import { IdentityResolver } from "../../../src/services/IdentityResolver.ts"
import { LocalSystem } from "../../../src/services/LocalSystem.ts"

const resolve = (rc: string, query: IdentityQuery) => {
  const local = Layer.succeed(LocalSystem, {
    userName: "kim",
    hostName: "desk.example",
    utcOffsetMinutes: () => 0,
    processId: 1
  })
  const config = Layer.effect(Config, readSettings(rc, { path: "/rc" }))
  return Effect.flatMap(IdentityResolver, (resolver) => resolver.resolve(query)).pipe(
    Effect.provide(Layer.provide(layer, Layer.merge(local, config)))
  )
}

describe("ConfiguredIdentities", () => {
  it.effect("chooses among the sections of the configuration", () =>
    Effect.gen(function* () {
      const rc = "host 1 identity kim@example.org host 2"
      const found = yield* resolve(rc, { envelopeSender: Mailbox("kim@example.org") })
      assert.strictEqual(found.identity.relay.host, "2")
      const fallback = yield* resolve(rc, {})
      assert.strictEqual(fallback.reversePath, "kim@desk.example")
    })
  )

  it.effect("fails where the chosen one has no address", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(resolve("sender %x", {}))
      assert.strictEqual(failure._tag, "ConfigError")
      assert.strictEqual(failure.line, 1)
    })
  )
})
