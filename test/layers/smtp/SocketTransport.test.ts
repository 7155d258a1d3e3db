import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import { SmtpTransport } from "../../../src/services/SmtpTransport.ts"
import * as FakeSmtpServer from "../../support/FakeSmtpServer.ts"
import { envelopeTo, messageOf, relayAt, transport, verdicts, wireOf } from "../../support/smtpFixtures.ts"

describe("SocketTransport", () => {
  it.scopedLive("delivers a message and says QUIT", () =>
    Effect.gen(function* () {
      const events: Array<SessionEvent> = []
      const server = yield* FakeSmtpServer.make({})
      yield* Effect.gen(function* () {
        const smtp = yield* SmtpTransport
        const session = yield* smtp.open(relayAt(server))
        const results = yield* session.send(envelopeTo("a@example.com"), messageOf(".hello\r\n.\r\n"), {
          requireAllRecipients: true
        })
        assert.deepStrictEqual(verdicts(results), ["delivered 250"])
        assert.isTrue(yield* session.isUsable)
      }).pipe(Effect.scoped, Effect.provide(transport({ events })))
      yield* server.closed
      const [connection] = server.connections
      assert.strictEqual(server.messages()[0]?.wire.toString(), wireOf("..hello\r\n..\r\n"))
      assert.strictEqual(connection?.farewell, "end")
    })
  )
})
