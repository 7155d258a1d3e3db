import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Simulation from "../../../src/layers/simulation/Simulation.ts"
import * as VirtualClock from "../../../src/layers/simulation/VirtualClock.ts"
import { Delivery } from "../../../src/services/Delivery.ts"
import { Submission } from "../../../src/services/Submission.ts"

const text = new TextEncoder().encode("From: a@example.org\nSubject: hi\n\nHello\n")

const submit = (deliveryMode: "interactive" | "queue", ...operands: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const submission = yield* Submission
    return yield* submission.submit(
      { recipientsFromHeader: false, operands, sender: "a@example.org", deliveryMode, ignoreDots: true },
      Stream.make(text)
    )
  })

describe("Simulation", () => {
  it.effect("delivers a message through the real workflow to a relay that is not there", () =>
    Effect.gen(function* () {
      const report = yield* submit("interactive", "b@example.net")
      assert.strictEqual(report._tag, "Attempted")
      const probe = yield* Simulation.Probe
      const [message] = yield* probe.relayed
      assert.deepStrictEqual([message?.sender, message?.recipients], ["a@example.org", ["b@example.net"]])
      assert.match(message?.text ?? "", /^From: a@example.org\r\n/)
      assert.match(message?.text ?? "", /\r\n\r\nHello\r\n$/)
      assert.match(yield* probe.transcript, /S: 250 2\.0\.0 Message accepted/)
    }).pipe(Effect.provide(Simulation.layer({ rc: "hostname = relay.example:587\n" })))
  )

  it.effect("lets days pass at once: what is greylisted is delivered in time", () =>
    Effect.gen(function* () {
      yield* submit("queue", "b@example.net")
      const delivery = yield* Delivery
      const observe = () => Effect.void
      const request = { ids: [], filters: [], onlyDue: false, json: false }
      assert.strictEqual((yield* delivery.run(request, observe)).undelivered, 1)
      yield* Effect.sleep("1 day")
      assert.strictEqual((yield* delivery.run(request, observe)).undelivered, 0)
      const { calls } = yield* Simulation.Probe
      assert.deepStrictEqual(
        (yield* calls).map(({ at }) => at),
        [0, 86_400_000]
      )
    }).pipe(
      Effect.provide(
        Layer.merge(Simulation.layer({ relays: [{ greylistMillis: 300_000 }] }), VirtualClock.layer())
      )
    )
  )
})
