/** A row of the tables of hostile servers: what the server does, and what must come of it. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Credentials } from "../../src/domain/sasl/Sasl.ts"
import type { SessionEvent } from "../../src/domain/telemetry/SessionEvent.ts"
import type { Message } from "../../src/services/Message.ts"
import type { Scenario, FakeSmtpServer as Server } from "../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import {
  fates,
  type RelayOverrides,
  relayAt,
  sendOver,
  summary,
  type TransportSetup
} from "../support/smtpFixtures.ts"

export interface Row {
  /** With the ids of the threats, and the section that says what is right. */
  readonly name: string
  /** One for each connection; the last one repeats. */
  readonly server: Scenario | ReadonlyArray<Scenario>
  readonly relay?: RelayOverrides
  /** With these the session authenticates. */
  readonly credentials?: Credentials
  readonly to?: ReadonlyArray<string>
  readonly message?: Message
  /** Why no session was opened, or what became of each recipient. */
  readonly outcome: string | RegExp
  /** What the server was told, at the first connection; a text for each line, from the first one on. */
  readonly commands?: ReadonlyArray<string>
  /** Messages that the server believes to have. */
  readonly stored?: number
  readonly connections?: number
}

export const password = "correct horse battery"
export const login: Credentials = { username: "ada", password: Redacted.make(password) }

const strayErrors: Array<unknown> = []
process.on("unhandledRejection", (reason) => strayErrors.push(reason))
process.on("uncaughtException", (error) => strayErrors.push(error))

const secretForms = [
  password,
  Buffer.from(`\0ada\0${password}`).toString("base64"),
  Buffer.from(password).toString("base64")
]

export interface Tried {
  readonly outcome: string
  readonly server: Server
  readonly events: ReadonlyArray<SessionEvent>
}

export const attempt = (row: Omit<Row, "name" | "outcome">, setup: TransportSetup = {}) =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make(row.server)
    const events: Array<SessionEvent> = []
    const { credentials } = row
    const withLogin: RelayOverrides =
      credentials?.username === undefined
        ? (row.relay ?? {})
        : { ...row.relay, auth: { username: credentials.username, ...row.relay?.auth } }
    const outcome = yield* sendOver(relayAt(server, withLogin), {
      events,
      ...setup,
      ...(credentials === undefined ? {} : { secrets: { credentials: () => Effect.succeed(credentials) } }),
      ...(row.to === undefined ? {} : { to: row.to }),
      ...(row.message === undefined ? {} : { message: row.message })
    }).pipe(
      Effect.map((results) => fates(results).join(", ")),
      Effect.catchAll((error) =>
        Effect.succeed(
          error._tag === "MessageError" || error._tag === "QueueFailed"
            ? error._tag
            : `no session: ${summary(error)}`
        )
      )
    )
    const tried: Tried = { outcome, server, events }
    return tried
  })

/** Every rule that holds whatever the server does. */
const assertSane = ({ server, events, outcome }: Tried): void => {
  assert.deepStrictEqual(strayErrors, [], "nothing is left to an event that nobody awaits")
  const told = JSON.stringify(events, (_, value) =>
    typeof value === "bigint"
      ? String(value)
      : value instanceof Uint8Array
        ? Buffer.from(value).toString("latin1")
        : value
  )
  for (const secret of secretForms)
    assert.isFalse(`${outcome}${told}`.includes(secret), "the password is told")
  for (const { commands } of server.connections) {
    for (const line of commands) assert.match(line, /^[ -~]*$/, "a command is one line of ASCII")
  }
}

export const check = (row: Row) =>
  Effect.gen(function* () {
    const tried = yield* attempt(row)
    const { outcome, server } = tried
    if (typeof row.outcome === "string") assert.strictEqual(outcome, row.outcome)
    else assert.match(outcome, row.outcome)
    if (row.commands !== undefined) {
      yield* server.closed
      assert.deepStrictEqual(server.connections[0]?.commands, row.commands)
    }
    if (row.stored !== undefined) assert.strictEqual(server.messages().length, row.stored)
    if (row.connections !== undefined) assert.strictEqual(server.connections.length, row.connections)
    assertSane(tried)
  })
