/**
 * L14, L18: the built program with standard streams that are closed, and with descriptors that its caller left open.
 * What is meant for the user never reaches a server, and nobody waits for what runs in the background.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { type ProgramName, runProgram } from "../support/runProgram.ts"
import { startProgram, until } from "../support/startProgram.ts"

const message = "From: ada@example.org\nTo: bob@example.net\nSubject: closed\n\nbody\n"

/** Refuses, so that there is something to complain about. */
const world = Effect.gen(function* () {
  const server = yield* FakeSmtpServer.make({ answers: { RCPT: ["450 4.2.0 not now"] } })
  const home = yield* makeHome({
    identity: "ada@example.org",
    hostname: `127.0.0.1:${server.port}`,
    tls: "disabled",
    queue_dir: "~/queue"
  })
  return { home, server }
})

const closings: ReadonlyArray<readonly [string, string]> = [
  ["0", "exec <&-"],
  ["1", "exec >&-"],
  ["2", "exec 2>&-"],
  ["0 and 1", "exec <&- >&-"],
  ["0 and 2", "exec <&- 2>&-"],
  ["1 and 2", "exec >&- 2>&-"],
  ["0, 1 and 2", "exec <&- >&- 2>&-"]
]

interface Call {
  readonly name: ProgramName
  readonly args: ReadonlyArray<string>
  readonly status: number
  readonly connects: boolean
}

const calls: ReadonlyArray<Call> = [
  { name: "sendmail", args: ["-v", "-f", "ada@example.org", "bob@example.net"], status: 75, connects: true },
  { name: "deliver", args: ["-v"], status: 75, connects: true },
  { name: "mailq", args: [], status: 0, connects: false },
  { name: "sendmail", args: ["-bp"], status: 0, connects: false }
]

const dialogue = /^(?:EHLO \S+|MAIL FROM:<ada@example\.org>.*|RCPT TO:<bob@example\.net>|RSET|QUIT)$/

describe.concurrent("L14: closed descriptors", () => {
  for (const [which, prelude] of closings) {
    it.scopedLive(
      `${which}: every program ends as it would with them, and nothing goes to the wrong place`,
      () =>
        Effect.gen(function* () {
          const { home, server } = yield* world
          yield* runProgram({ home, args: ["-t", "-odq"], stdin: message })
          for (const { args, connects, name, status } of calls) {
            const before = server.connections.length
            const program = yield* startProgram({ home, name, args, prelude })
            program.write(message)
            program.endInput()
            const { end, stderr, stdout } = yield* program.ended
            const title = `${name} ${args.join(" ")}: ${stderr}`
            assert.strictEqual(end, status, title)
            assert.strictEqual(server.connections.length - before, connects ? 1 : 0, title)
            if (name === "mailq" && !which.includes("1")) assert.include(stdout, "1 mails to deliver")
            if (name === "sendmail" && connects && !which.includes("2"))
              assert.include(stderr, "450 4.2.0 not now")
          }
          for (const { commands } of server.connections) {
            for (const line of commands) assert.match(line, dialogue)
          }
        })
    )
  }

  it.scopedLive("are no matter to a process that takes over from one with a harmful environment", () =>
    Effect.gen(function* () {
      const { home, server } = yield* world
      const prelude = "exec <&- >&- 2>&-"
      const args = ["-v", "-f", "ada@example.org", "bob@example.net"]
      const program = yield* startProgram({ home, args, prelude, env: { NODE_OPTIONS: "--no-warnings" } })
      assert.strictEqual((yield* program.ended).end, 75)
      for (const line of server.connections[0]?.commands ?? [""]) assert.match(line, dialogue)
    })
  )
})

describe("L18: descriptors left open by the caller", () => {
  it.scopedLive("are held by nothing that goes on in the background", () =>
    Effect.gen(function* () {
      const server = yield* FakeSmtpServer.make({ answers: { RCPT: [{ ending: "silence" }] } })
      const home = yield* makeHome({
        identity: "ada@example.org",
        hostname: `127.0.0.1:${server.port}`,
        tls: "disabled",
        queue_dir: "~/queue"
      })
      // Standard output is at its end only when nobody has it open any more, under any number.
      const prelude = "exec 5>&1 60>&1 61>&2 200>&1"
      const program = yield* startProgram({ home, args: ["-t", "-odb"], prelude })
      program.write(message)
      program.endInput()
      assert.deepStrictEqual(yield* program.ended, { end: 0, stdout: "", stderr: "" })
      yield* until(() => server.connections.length > 0)
      assert.isFalse(server.connections[0]?.isClosed)
    })
  )
})
