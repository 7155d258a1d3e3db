import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { type Lookup, LookupProblem, portInServices, resolve } from "../../../src/layers/smtp/Resolve.ts"

const asked: Array<string> = []

const answering =
  (...addresses: ReadonlyArray<string>): Lookup =>
  (host) =>
    Effect.sync(() => {
      asked.push(host)
      return addresses
    })

const failing =
  (code: string): Lookup =>
  () =>
    Effect.fail(new LookupProblem({ code }))

const at = (host: string, service: string, lookup: Lookup = failing("UNASKED")) =>
  resolve({ host, service }, { lookup, servicesPath: "/nonexistent", deadlineMillis: 30_000 })

const reasonOf = (host: string, service: string, lookup?: Lookup) =>
  Effect.map(Effect.flip(at(host, service, lookup)), ({ reason }) => reason)

describe("Resolve", () => {
  it.effect("keeps every address in the resolver's order, without duplicates", () =>
    Effect.gen(function* () {
      const found = yield* at("mail.example.com", "2525", answering("2001:db8::1", "192.0.2.1", "192.0.2.1"))
      assert.deepStrictEqual(found, {
        asciiHost: "mail.example.com",
        addresses: [
          { address: "2001:db8::1", port: 2525 },
          { address: "192.0.2.1", port: 2525 }
        ]
      })
    })
  )

  it.effect.each(["127.0.0.1", "::1", "[::1]", "[IPv6:::1]", "fe80::1%eth0"])("asks nobody for %s", (host) =>
    Effect.gen(function* () {
      const { addresses, asciiHost } = yield* at(host, "25")
      assert.strictEqual(addresses.length, 1)
      assert.strictEqual(addresses[0]?.address, asciiHost)
      assert.isFalse(asciiHost.includes("["))
    })
  )

  it.effect(
    "asks for A-labels, and keeps a trailing dot from the certificate check but not from the resolver",
    () =>
      Effect.gen(function* () {
        asked.length = 0
        const german = yield* at("bücher.example", "25", answering("192.0.2.1"))
        const absolute = yield* at("mail.example.com.", "25", answering("192.0.2.1"))
        assert.strictEqual(german.asciiHost, "xn--bcher-kva.example")
        assert.strictEqual(absolute.asciiHost, "mail.example.com")
        assert.deepStrictEqual(asked, ["xn--bcher-kva.example", "mail.example.com."])
      })
  )

  it.effect("tells a name that does not exist from a resolver that does not answer [H27]", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf("nowhere.example", "25", failing("ENOTFOUND")), "NameNotFound")
      assert.strictEqual(yield* reasonOf("nowhere.example", "25", failing("EAI_NONAME")), "NameNotFound")
      assert.strictEqual(yield* reasonOf("nowhere.example", "25", answering()), "NameNotFound")
      assert.strictEqual(yield* reasonOf("mail.example", "25", failing("EAI_AGAIN")), "NameLookupFailed")
      assert.strictEqual(yield* reasonOf("mail.example", "25", failing("EAI_FAIL")), "NameLookupFailed")
      assert.strictEqual(yield* reasonOf(".", "25"), "NameNotFound")
      assert.strictEqual(yield* reasonOf("", "25"), "NameNotFound")
    })
  )

  it.effect("gives up on a resolver that never answers [H27]", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(reasonOf("mail.example", "25", () => Effect.never))
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "NameLookupFailed")
    })
  )

  it.effect("knows the mail services without services(5), and no others", () =>
    Effect.gen(function* () {
      const port = (service: string) =>
        Effect.map(at("127.0.0.1", service), ({ addresses }) => addresses[0]?.port)
      for (const [service, expected] of [
        ["smtp", 25],
        ["submission", 587],
        ["submissions", 465],
        ["SMTPS", 465]
      ] as const) {
        assert.strictEqual(yield* port(service), expected)
      }
      for (const service of [
        "0",
        "65536",
        "99999999999999999999",
        "-1",
        "2 5",
        "nosuch",
        "",
        "0x19",
        "25\r\n"
      ]) {
        assert.strictEqual(yield* reasonOf("127.0.0.1", service), "ServiceUnknown")
      }
    })
  )

  it.effect("finds names and aliases in services(5), for TCP alone", () =>
    Effect.sync(() => {
      const text =
        "# comment\nmymail\t2525/udp\nmymail  2526/tcp  post brief # mymail 1/tcp\nbroken\nsmtp 25/tcp mail\n"
      assert.strictEqual(portInServices(text, "mymail"), 2526)
      assert.strictEqual(portInServices(text, "brief"), 2526)
      assert.strictEqual(portInServices(text, "mail"), 25)
      assert.strictEqual(portInServices(text, "broken"), undefined)
      assert.strictEqual(portInServices(text, "mail comment"), undefined)
      assert.strictEqual(portInServices(text, ""), undefined)
    })
  )
})
