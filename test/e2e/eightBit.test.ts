/** The built program and relays that don't take what it is given: no 8BITMIME, and lines that SMTP does not allow. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { makeHome } from "../support/EmbeddedRelay.ts"
import type { Scenario } from "../support/FakeSmtpScenario.ts"
import * as FakeSmtpServer from "../support/FakeSmtpServer.ts"
import { installNames, runProgram, searchPath } from "../support/runProgram.ts"

const me = "ada@example.org"

const sevenBit = ["PIPELINING", "SIZE 0", "CHUNKING", "DSN"]
const eightBit = [...sevenBit, "8BITMIME"]

const setUp = (scenario: Scenario, statements = {}) =>
  Effect.gen(function* () {
    const server = yield* FakeSmtpServer.make(scenario)
    const home = yield* makeHome({
      identity: me,
      hostname: `127.0.0.1:${server.port}`,
      starttls: "disabled",
      ...statements
    })
    const sendmail = (message: string, args: ReadonlyArray<string> = ["-f", me, "grace@example.net"]) =>
      runProgram({ home, args, stdin: message })
    const received = () => server.messages().map(({ wire }) => wire.toString("latin1"))
    const commands = () => server.connections.flatMap((connection) => connection.commands)
    return { home, server, sendmail, received, commands }
  })

const greeting = "From: Ada <ada@example.org>\nSubject: Grüße\n\nÜber den Wolken\n"

/** The most memory that a process ever had. */
const peakBytes = (pid: number | undefined): number => {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8")
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

describe("a relay without 8BITMIME", () => {
  for (const extensions of [sevenBit, [], ["PIPELINING"]]) {
    it.scopedLive(`gets an 8-bit message in 7 bits (${extensions.join(", ") || "no extension"})`, () =>
      Effect.gen(function* () {
        const { commands, received, sendmail } = yield* setUp({ extensions })
        const result = yield* sendmail(greeting)
        assert.deepStrictEqual([result.status, result.stderr], [0, ""])
        const [message = ""] = received()
        assert.match(message, /^[\t\r\n -~]*$/)
        assert.match(message, /^Subject: =\?utf-8\?q\?Gr=C3=BC=C3=9Fe\?=\r$/m)
        assert.match(message, /^Content-Type: text\/plain; charset=utf-8\r$/m)
        assert.match(message, /\r\n\r\n=C3=9Cber den Wolken\r\n$/)
        const mail = commands().filter((command) => command.startsWith("MAIL"))
        const size = extensions.includes("SIZE 0") ? ` SIZE=${message.length}` : ""
        assert.deepStrictEqual(mail, [`MAIL FROM:<${me}>${size}`])
      })
    )
  }

  it.scopedLive("gets it from the queue too", () =>
    Effect.gen(function* () {
      const { home, received, sendmail } = yield* setUp({ extensions: sevenBit }, { delivery_mode: "queue" })
      assert.strictEqual((yield* sendmail(greeting)).status, 0)
      const result = yield* runProgram({ home, name: "deliver" })
      assert.strictEqual(result.status, 0, result.stderr)
      assert.match(received()[0] ?? "", /\r\n\r\n=C3=9Cber den Wolken\r\n$/)
    })
  )

  it.scopedLive("gets 96 MB of it converted in constant memory", () =>
    Effect.gen(function* () {
      const { home, server } = yield* setUp({ extensions: sevenBit, discardBodies: true })
      installNames(home)
      const text = Buffer.from("Grüße an alle, die das lesen.\n".repeat(32_768))
      const peak = yield* Effect.promise(async () => {
        const child = spawn(path.join(home, "bin/sendmail"), ["-i", "grace@example.net"], {
          env: { HOME: home, PATH: searchPath() },
          stdio: ["pipe", "inherit", "inherit"]
        })
        const { stdin } = child
        let most = 0
        for (let chunk = 0; chunk < 96; chunk++) {
          most = Math.max(most, peakBytes(child.pid))
          if (!stdin.write(chunk === 0 ? `Subject: x\n\n${text}` : text)) await once(stdin, "drain")
        }
        stdin.end()
        const watch = setInterval(() => {
          most = Math.max(most, peakBytes(child.pid))
        }, 20)
        await once(child, "close")
        clearInterval(watch)
        return most
      })
      assert.isAbove(server.messages()[0]?.wireBytes ?? 0, 96 * 1024 * 1024)
      assert.isBelow(peak, 150 * 1024 * 1024)
    })
  )

  it.scopedLive("is not offered what can't be converted: exit status 69, one line that says why", () =>
    Effect.gen(function* () {
      const { commands, received, sendmail } = yield* setUp({ extensions: sevenBit })
      const result = yield* sendmail(`DKIM-Signature: v=1; d=example.org\n${greeting}`)
      assert.deepStrictEqual([result.status, received()], [69, []])
      assert.match(
        result.stderr,
        /^esmtp: [^\n]*8BITMIME not offered by 127\.0\.0\.1:\d+ \(mail\): not converted: its dkim-signature would break: 5\.6\.3\n$/
      )
      assert.isFalse(commands().some((command) => command.startsWith("MAIL")))
    })
  )

  it.scopedLive("bounces it from the queue, saying why", () =>
    Effect.gen(function* () {
      const { home, received, sendmail } = yield* setUp({ extensions: sevenBit }, { delivery_mode: "queue" })
      yield* sendmail(`DKIM-Signature: v=1; d=example.org\n${greeting}`)
      yield* runProgram({ home, name: "deliver" })
      yield* runProgram({ home, name: "deliver" })
      const [bounce = ""] = received()
      assert.match(bounce, /^Status: 5\.6\.3\r$/m)
      assert.match(bounce.replace(/=\r\n/g, ""), /not converted: its dkim-signature would break/)
      assert.match(bounce, /^[\t\r\n -~]*$/)
    })
  )
})

describe("a line of more than 998 octets", () => {
  const html = `<p>${"word ".repeat(2048)}</p>`

  it.scopedLive("is encoded, as PHP and cron mean it to arrive", () =>
    Effect.gen(function* () {
      const { received, sendmail } = yield* setUp({ extensions: eightBit })
      const result = yield* sendmail(`MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n${html}\n`)
      assert.deepStrictEqual([result.status, result.stderr], [0, ""])
      const [message = ""] = received()
      assert.isAtMost(Math.max(...message.split("\r\n").map((line) => line.length)), 78)
      assert.include(message.replaceAll("=\r\n", ""), `\r\n\r\n${html}\r\n`)
      assert.include(message, "Content-Transfer-Encoding: quoted-printable\r\n")
    })
  )

  it.scopedLive("goes as it is where it is signed, with a warning", () =>
    Effect.gen(function* () {
      const { received, sendmail } = yield* setUp({ extensions: eightBit })
      const result = yield* sendmail(`DKIM-Signature: v=1\n\n${html}\n`)
      assert.strictEqual(result.status, 0)
      assert.match(result.stderr, /line longer than SMTP allows.*its dkim-signature would break/)
      assert.include(received()[0] ?? "", html)
    })
  )

  it.scopedLive("begins at 999", () =>
    Effect.gen(function* () {
      const { received, sendmail } = yield* setUp({ extensions: eightBit })
      for (const length of [997, 998, 999, 1000]) yield* sendmail(`Subject: x\n\n${"x".repeat(length)}\n`)
      assert.deepStrictEqual(
        received().map((message) => message.includes("quoted-printable")),
        [false, false, true, true]
      )
    })
  )
})
