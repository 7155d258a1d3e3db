import * as net from "node:net"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { type AddressFailed, connect, interleave } from "../../../src/layers/smtp/HappyEyeballs.ts"
import { silentAddress } from "../../support/silentAddress.ts"

/** Accepts and waits; hosts of 127.0.0.0/8 are addresses of their own. */
const listener = (host: string) =>
  Effect.acquireRelease(
    Effect.async<net.Server & { readonly accepted: Array<net.Socket> }>((resume) => {
      const accepted: Array<net.Socket> = []
      const server = net.createServer((socket) => {
        socket.on("error", () => {})
        accepted.push(socket)
      })
      server.listen({ host, port: 0 }, () => resume(Effect.succeed(Object.assign(server, { accepted }))))
    }),
    (server) =>
      Effect.sync(() => {
        for (const socket of server.accepted) socket.destroy()
        server.close()
      })
  )

const portOf = (server: net.Server): number => {
  const address = server.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

const failures: Array<AddressFailed> = []

const options = {
  attemptDelayMillis: 50,
  addressMillis: 1000,
  totalMillis: 5000,
  onFailure: (failure: AddressFailed) => Effect.sync(() => void failures.push(failure))
}

describe("HappyEyeballs", () => {
  it("alternates families, beginning with the preferred one", () => {
    const at = (address: string) => ({ address, port: 25 })
    const order = (addresses: ReadonlyArray<string>) =>
      interleave(addresses.map(at)).map(({ address }) => address)
    assert.deepStrictEqual(order(["::1", "::2", "::3", "1.1.1.1"]), ["::1", "1.1.1.1", "::2", "::3"])
    assert.deepStrictEqual(order(["1.1.1.1", "::1", "2.2.2.2"]), ["1.1.1.1", "::1", "2.2.2.2"])
    assert.deepStrictEqual(order([]), [])
  })

  it.scopedLive("goes on at once from addresses that refuse, and tells of each [H27]", () =>
    Effect.gen(function* () {
      failures.length = 0
      const server = yield* listener("127.0.0.20")
      const port = portOf(server)
      const addresses = Array.from({ length: 20 }, (_, index) => ({ address: `127.0.0.${index + 1}`, port }))
      const startedAt = Date.now()
      const { address } = yield* connect(addresses, { ...options, attemptDelayMillis: 60_000 })
      assert.strictEqual(address.address, "127.0.0.20")
      assert.isBelow(Date.now() - startedAt, 1000)
      assert.strictEqual(failures.length, 19)
      assert.isTrue(failures.every(({ code }) => code === "ECONNREFUSED"))
    })
  )

  it.scopedLive("does not wait for an address that is silent [H27]", () =>
    Effect.gen(function* () {
      const server = yield* listener("127.0.0.1")
      const answering = { address: "127.0.0.1", port: portOf(server) }
      const silent = yield* silentAddress
      const startedAt = Date.now()
      const { address } = yield* connect([silent, answering], options)
      assert.strictEqual(address, answering)
      assert.isAtLeast(Date.now() - startedAt, 45)
    })
  )

  it.scopedLive("limits the time of one address, and of all together [H27]", () =>
    Effect.gen(function* () {
      const silent = yield* silentAddress
      const one = yield* Effect.flip(connect([silent], { ...options, addressMillis: 100 }))
      assert.deepStrictEqual(
        one.failures.map(({ code }) => code),
        ["ETIMEDOUT"]
      )
      const all = yield* Effect.flip(connect([silent, silent], { ...options, totalMillis: 100 }))
      assert.deepStrictEqual(all.failures, [])
    })
  )

  it.scopedLive("gives the failures of all addresses when none answers", () =>
    Effect.gen(function* () {
      const server = yield* listener("127.0.0.1")
      const port = portOf(server)
      const dead = ["127.0.0.2", "127.0.0.3"].map((address) => ({ address, port }))
      const failed = yield* Effect.flip(connect(dead, options))
      assert.deepStrictEqual(
        failed.failures.map(({ address }) => address.address),
        ["127.0.0.2", "127.0.0.3"]
      )
    })
  )

  it.scopedLive("opens one connection only, and closes it with the scope", () =>
    Effect.gen(function* () {
      const server = yield* listener("127.0.0.1")
      const address = { address: "127.0.0.1", port: portOf(server) }
      const scope = yield* Scope.make()
      const { socket } = yield* connect([address, address, address], {
        ...options,
        attemptDelayMillis: 0
      }).pipe(Scope.extend(scope))
      assert.isFalse(socket.destroyed)
      yield* Scope.close(scope, Exit.void)
      assert.isTrue(socket.destroyed)
      yield* Effect.sleep("50 millis")
      const open = server.accepted.filter(({ readableEnded, destroyed }) => !readableEnded && !destroyed)
      assert.strictEqual(open.length, 0)
    })
  )

  it.scopedLive("leaves no socket behind when it is interrupted", () =>
    Effect.gen(function* () {
      const silent = yield* silentAddress
      const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length
      const before = sockets()
      const fiber = yield* Effect.fork(Effect.scoped(connect([silent], options)))
      yield* Effect.sleep("50 millis")
      assert.strictEqual(sockets(), before + 1)
      yield* Fiber.interrupt(fiber)
      yield* Effect.sleep("10 millis")
      assert.strictEqual(sockets(), before)
    })
  )
})
