/** What the shop does when the relay misbehaves, in no time: no network, no files, no waiting. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { Esmtp } from "esmtp"
import { type RelayScript, Simulation, VirtualClock } from "esmtp/simulation"
import { describe, expect, it } from "vitest"
import { confirmOrder } from "../src/confirmOrder.ts"

const order = { number: 42, customer: "ada@example.net" }

/** The services that `confirmOrder` needs, over a relay that does what the test says. */
const shopWith = (relay: Partial<RelayScript.RelayScript>) =>
  Layer.mergeAll(
    Simulation.layer({
      rc: 'identity "shop@example.org" hostname = "smtp.example.org:587"',
      relays: [relay]
    }),
    VirtualClock.layer(),
    Logger.minimumLogLevel(LogLevel.None)
  )

const hour = 3_600_000

describe("confirmOrder", () => {
  it("sends the customer a message, and nobody else can tell of the archive's copy", () =>
    Effect.gen(function* () {
      expect(yield* confirmOrder(order)).toBe("confirmed")
      const probe = yield* Simulation.Probe
      const [message] = yield* probe.relayed
      expect(message?.recipients).toEqual(["ada@example.net", "archive@example.org"])
      expect(message?.text).toContain("Subject: Your order 42\r\n")
      expect(message?.text).not.toContain("archive")
    }).pipe(Effect.provide(shopWith({})), Effect.runPromise))

  it("keeps the message while the relay is down, and sends it when it is back", () =>
    Effect.gen(function* () {
      expect(yield* confirmOrder(order)).toBe("will be confirmed")
      yield* Effect.forkScoped(Esmtp.followQueue())
      yield* Effect.sleep("1 day")
      const probe = yield* Simulation.Probe
      const [message, ...others] = yield* probe.relayed
      expect(message?.at).toBeGreaterThanOrEqual(6 * hour)
      expect(others).toEqual([])
      expect((yield* probe.calls).length).toBeGreaterThan(5)
    }).pipe(
      Effect.scoped,
      Effect.provide(shopWith({ outages: [{ kind: "refused", until: 6 * hour }] })),
      Effect.runPromise
    ))

  it("has somebody call a customer whose address does not exist", () =>
    Effect.gen(function* () {
      expect(yield* confirmOrder(order)).toBe("call the customer")
      const probe = yield* Simulation.Probe
      expect(yield* probe.relayed).toEqual([])
    }).pipe(
      Effect.provide(
        shopWith({ rules: [{ at: "rcpt", recipient: "ada@*", reply: ["550 5.1.1 No such user here"] }] })
      ),
      Effect.runPromise
    ))
})
