/** The queue and a real Postfix that is stopped, restarted, and refuses for now or for good. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { freePort } from "../support/freePort.ts"
import { hasPostfix, startPostfix } from "../support/real/Postfix.ts"
import { requirePart } from "../support/requirePart.ts"
import { installNames, type ProgramName, run, runProgram, searchPath } from "../support/runProgram.ts"

const me = "ada@example.org"

const homeFor = (port: number, more: Readonly<Record<string, string>> = {}) =>
  makeHome({ identity: me, hostname: `127.0.0.1:${port}`, tls: "disabled", ...more })

const text = (subject: string) => `From: ${me}\nSubject: ${subject}\n\nbody of ${subject}\n`

const as =
  (home: string) =>
  (name: ProgramName, args: ReadonlyArray<string>, stdin = "") =>
    runProgram({ home, name, args, stdin, timeoutMillis: 60_000 })

interface Listed {
  readonly id: string
  readonly state: string
  readonly sender: string
  readonly lastError?: string
  readonly recipients: ReadonlyArray<{ readonly address: string; readonly status: string }>
}

const listed = (home: string) =>
  Effect.map(
    as(home)("mailq", ["--json"]),
    ({ stdout }): ReadonlyArray<Listed> =>
      stdout
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line))
  )

const emptied = (home: string) =>
  listed(home).pipe(
    Effect.filterOrFail((entries) => entries.length === 0),
    Effect.retry(Schedule.spaced("200 millis")),
    Effect.timeout("60 seconds")
  )

describe.runIf(hasPostfix())("the queue and a real Postfix", () => {
  it.scopedLive(
    "keeps what is sent while the relay is stopped, and delivers it once after the restart",
    () =>
      Effect.gen(function* () {
        const port = yield* freePort
        const home = yield* homeFor(port, { delivery_mode: "background" })
        const program = as(home)
        for (const number of [1, 2, 3]) {
          const sent = yield* program("sendmail", ["-f", me, "bob@example.net"], text(`stopped ${number}`))
          assert.deepStrictEqual([sent.status, sent.stderr], [0, ""])
        }
        const failed = yield* program("deliver", [])
        assert.strictEqual(failed.status, 75)
        assert.match(failed.stdout, /unavailable until .*connection refused/)
        assert.strictEqual((yield* listed(home)).length, 3)

        const postfix = yield* startPostfix({ plainPort: port })
        const delivered = yield* program("deliver", [])
        assert.deepStrictEqual([delivered.status, delivered.stderr], [0, ""])
        const messages = yield* postfix.sink.waitForMessages(3)
        assert.deepStrictEqual(messages.map(({ content }) => /^Subject: (.*)$/m.exec(content)?.[1]).sort(), [
          "stopped 1",
          "stopped 2",
          "stopped 3"
        ])
        assert.strictEqual((yield* program("mailq", [])).stdout, "Mail queue is empty\n")
      }),
    90_000
  )

  it.scopedLive(
    "tries a recipient refused for now again, and not the ones who have the message",
    () =>
      Effect.gen(function* () {
        const postfix = yield* startPostfix()
        const home = yield* homeFor(postfix.plainPort)
        const program = as(home)
        yield* postfix.setAccess("recipient", { "full@example.net": "452 4.2.2 mailbox full" })
        yield* program(
          "sendmail",
          ["-odq", "-f", me, "full@example.net", "bob@example.net"],
          text("patience")
        )
        const first = yield* program("deliver", [])
        assert.strictEqual(first.status, 75)
        const [entry] = yield* listed(home)
        assert.deepStrictEqual(
          entry?.recipients.map(({ address, status }) => [address, status]),
          [
            ["full@example.net", "pending"],
            ["bob@example.net", "delivered"]
          ]
        )
        assert.include(entry?.lastError, "452 4.2.2")
        assert.strictEqual((yield* program("deliver", ["--due"])).status, 75)

        yield* postfix.setAccess("recipient", {})
        assert.strictEqual((yield* program("deliver", [])).status, 0)
        const messages = yield* postfix.sink.waitForMessages(2)
        assert.deepStrictEqual(
          messages.map(({ recipients }) => recipients),
          [["bob@example.net"], ["full@example.net"]]
        )
      }),
    90_000
  )

  it.scopedLive(
    "returns what is refused for good to its sender, with the relay's words (RFC 3464)",
    () =>
      Effect.gen(function* () {
        const postfix = yield* startPostfix()
        const home = yield* homeFor(postfix.plainPort)
        const program = as(home)
        yield* postfix.setAccess("recipient", { "gone@example.net": "550 5.1.1 no such user" })
        yield* program("sendmail", ["-odq", "-f", me, "-V", "ENV17", "gone@example.net"], text("returned"))
        yield* program("deliver", [])
        const bounce = yield* postfix.sink.waitForMessage("report-type=delivery-status")
        assert.deepStrictEqual([bounce.sender, bounce.recipients], ["", [me]])
        for (const line of [
          "Final-Recipient: rfc822; gone@example.net",
          "Original-Envelope-Id: ENV17",
          "Action: failed",
          "Status: 5.1.1"
        ]) {
          assert.include(bounce.content.split("\n"), line)
        }
        assert.match(bounce.content, /^Diagnostic-Code: smtp; 550 5\.1\.1 /m)
        assert.include(bounce.content, "body of returned")
        assert.strictEqual((yield* program("mailq", [])).stdout, "Mail queue is empty\n")
      }),
    90_000
  )

  it.scopedLive(
    "keeps a bounce that is refused too among the dead, where mailq shows it",
    () =>
      Effect.gen(function* () {
        const postfix = yield* startPostfix()
        const home = yield* homeFor(postfix.plainPort)
        const program = as(home)
        yield* postfix.setAccess("recipient", {
          "gone@example.net": "550 5.1.1 no such user",
          [me]: "550 5.1.1 no such sender"
        })
        yield* program("sendmail", ["-odq", "-f", me, "gone@example.net"], text("lost twice"))
        yield* program("deliver", [])
        const [dead] = yield* listed(home)
        assert.deepStrictEqual([dead?.state, dead?.sender], ["dead", ""])
        const shown = yield* program("esmtp", ["queue", "show", dead?.id ?? ""])
        assert.include(shown.stdout, "body of lost twice")
      }),
    90_000
  )

  const gitCommand = "/usr/lib/git-core/git-send-email"
  describe.runIf(requirePart("git send-email", gitCommand))("git send-email", () => {
    it.scopedLive(
      "hands over 200 patches in the background, each of which arrives once",
      () =>
        Effect.gen(function* () {
          const postfix = yield* startPostfix()
          const home = yield* homeFor(postfix.plainPort, { delivery_mode: "background" })
          const bin = installNames(home)
          const patches = path.join(home, "patches")
          fs.mkdirSync(patches)
          fs.writeFileSync(path.join(home, ".gitconfig"), `[user]\n  name = Ada\n  email = ${me}\n`)
          for (let number = 1; number <= 200; number++) {
            const name = String(number).padStart(4, "0")
            fs.writeFileSync(
              path.join(patches, `${name}.patch`),
              `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Ada <${me}>\nDate: Mon, 23 Nov 2026 10:00:00 +0000\nSubject: [PATCH ${number}/200] change ${name}\n\nwhy\n---\n+line ${name}\n`
            )
          }
          const sent = yield* run({
            file: "git",
            args: [
              "send-email",
              `--sendmail-cmd=${path.join(bin, "sendmail")}`,
              "--confirm=never",
              "--suppress-cc=all",
              `--from=${me}`,
              "--to=list@example.net",
              patches
            ],
            cwd: home,
            env: { HOME: home, PATH: searchPath(bin) },
            timeoutMillis: 240_000
          })
          assert.strictEqual(sent.status, 0, sent.stdout.slice(-500) + sent.stderr)
          yield* emptied(home)
          const messages = yield* postfix.sink.waitForMessages(200)
          const changes = messages.map(({ content }) => /change ([0-9]{4})$/m.exec(content)?.[1])
          assert.strictEqual(messages.length, 200)
          assert.strictEqual(new Set(changes).size, 200)
        }),
      300_000
    )
  })
})
