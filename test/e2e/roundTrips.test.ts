/**
 * How often a message waits for the network: counted, trip by trip, between the built program and a server.
 *
 * A trip is named by what the server reads in it. `TLS` carries what the server does not read as commands: the client's
 * first handshake message there, the server's whole handshake back. The client's last handshake message makes no trip
 * of its own: EHLO follows it at once (STARTTLS), or the server's greeting answers it (implicit TLS).
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { startDelayingProxy } from "../../bench/delayingProxy.mjs"
import { type SinkOptions, startSink } from "../../bench/sink.mjs"
import { makeHome, type RcStatements, testCertificates } from "../support/EmbeddedRelay.ts"
import { runProgram } from "../support/runProgram.ts"

type Security = SinkOptions["security"]

/** Long beside the moment that a program under load takes between two writes: those must not be told apart. */
const roundTripMillis = 80

const demands: Record<Security, RcStatements> = {
  plain: { tls: "disabled" },
  starttls: { tls: "required", username: "ada", password: "secret" },
  implicit: { tls: "implicit", username: "ada", password: "secret" }
}

/** A server that takes everything, at the far end of a long way. */
const listen = (security: Security, offersChunking: boolean) =>
  Effect.gen(function* () {
    const certificates = yield* testCertificates
    const heard: Array<(what: string) => void> = []
    const accepted: Array<() => void> = []
    const sink = yield* Effect.acquireRelease(
      Effect.promise(() =>
        startSink({
          ...{ security, offersChunking, offersAuth: security !== "plain", certificates },
          onHeard: (what) => {
            for (const tell of heard) tell(what)
          },
          onAccepted: () => {
            for (const tell of accepted) tell()
          }
        })
      ),
      ({ close }) => Effect.promise(close)
    )
    const proxy = yield* Effect.acquireRelease(
      Effect.promise(() => startDelayingProxy({ port: sink.port, roundTripMillis })),
      ({ close }) => Effect.promise(close)
    )
    heard.push(proxy.heard)
    accepted.push(proxy.accepted)
    return { sink, proxy }
  })

interface Case {
  readonly security: Security
  readonly offersChunking: boolean
  readonly recipients?: ReadonlyArray<string>
  readonly statements?: RcStatements
  readonly message?: string
}

/** One `sendmail` to its end: every trip it waited for, and how many of them until the message was accepted. */
const tripsOf = ({ security, offersChunking, recipients, statements, message }: Case) =>
  Effect.gen(function* () {
    const { sink, proxy } = yield* listen(security, offersChunking)
    const home = yield* makeHome({
      identity: "ada@example.org",
      hostname: `localhost:${proxy.port}`,
      ...demands[security],
      ...statements
    })
    fs.appendFileSync(path.join(home, ".esmtprc"), `tls_ca_file = "${path.join(home, "ca.pem")}"\n`)
    const { status, stderr } = yield* runProgram({
      home,
      args: ["-i", ...(recipients ?? ["grace@example.net"])],
      stdin: message ?? "Subject: trips\n\nA short one.\n"
    })
    assert.strictEqual(status, 0, stderr)
    const { messages, connections } = sink.counts()
    assert.deepStrictEqual({ messages, connections }, { messages: 1, connections: 1 })
    return { untilExit: proxy.trips(), untilAccepted: proxy.tripsUntilAccepted() }
  })

const opening: Record<Security, ReadonlyArray<string>> = {
  plain: ["connect", "greeting", "EHLO"],
  starttls: ["connect", "greeting", "EHLO", "STARTTLS", "TLS", "EHLO", "AUTH"],
  implicit: ["connect", "TLS", "greeting", "EHLO", "AUTH"]
}

/** Nothing is waited for once the message is accepted: QUIT is said, and its answer left. */
const checkTrips = (one: Case, transaction: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const { untilExit, untilAccepted } = yield* tripsOf(one)
    assert.deepStrictEqual(untilExit, [...opening[one.security], ...transaction])
    assert.strictEqual(untilAccepted, untilExit.length)
  })

const securities: ReadonlyArray<readonly [name: string, security: Security, without: number]> = [
  ["in clear", "plain", 5],
  ["with STARTTLS and AUTH", "starttls", 9],
  ["with implicit TLS and AUTH", "implicit", 7]
]

const two = ["grace@example.net", "linus@example.com"]
const twoInOne: Case = { security: "plain", offersChunking: true, recipients: two }
/** More than travels with its envelope. */
const longMessage = `Subject: trips\n\n${`${"0123456789".repeat(7)}\n`.repeat(1500)}`

describe("round trips until a message is accepted, and until the program has ended", () => {
  for (const [name, security, without] of securities) {
    it.scopedLive(`${name}: ${without}`, () =>
      checkTrips({ security, offersChunking: false }, ["MAIL RCPT DATA", "message"])
    )
    it.scopedLive(`${name}, with CHUNKING: ${without - 1}`, () =>
      checkTrips({ security, offersChunking: true }, ["MAIL RCPT BDAT"])
    )
  }

  it.scopedLive(
    "a message waits for its envelope where a refused recipient must keep it from the others",
    () => checkTrips(twoInOne, ["MAIL RCPT RCPT", "BDAT"])
  )

  it.scopedLive("it goes with the envelope where some may get it without the others", () =>
    checkTrips({ ...twoInOne, statements: { require_all_recipients: "no" } }, ["MAIL RCPT RCPT BDAT"])
  )

  it.scopedLive("a long message waits for its envelope", () =>
    checkTrips({ security: "plain", offersChunking: true, message: longMessage }, ["MAIL RCPT", "BDAT"])
  )
})
