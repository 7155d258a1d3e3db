/** The built program with a real Postfix as its relay: in clear, STARTTLS, implicit TLS; AUTH through a real Dovecot. */
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hasDovecot } from "../support/real/Dovecot.ts"
import { hasPostfix } from "../support/real/Postfix.ts"
import { SecureRelay, secureHome } from "../support/real/SecureRelay.ts"
import { runProgram } from "../support/runProgram.ts"

const me = "ada@example.org"

const message = (id: string): string => `From: Ada <${me}>
To: Grace <grace@example.net>, linus@example.com
Bcc: archive@example.org
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <${id}@example.org>
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

.
Grüße, über zwei Zeilen
..
`

const mechanisms = ["auto", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"]

describe.runIf(hasPostfix() && hasDovecot())("sendmail with Postfix and Dovecot", () => {
  layer(SecureRelay.layer, { timeout: "60 seconds", excludeTestServices: true })((it) => {
    for (const security of ["plain", "starttls", "implicit"] as const) {
      for (const auth of mechanisms) {
        it.scoped(`delivers over ${security} with auth = ${auth}`, () =>
          Effect.gen(function* () {
            const relay = yield* SecureRelay
            const id = `${security}.${auth}`
            const home = yield* secureHome(relay, me, security, { auth })
            const result = yield* runProgram({ home, args: ["-t"], stdin: message(id) })
            assert.deepStrictEqual([result.status, result.stderr], [0, ""])
            const stored = yield* relay.sink.waitForMessage(`<${id}@example.org>`)
            assert.strictEqual(stored.sender, me)
            assert.deepStrictEqual(stored.recipients, [
              "archive@example.org",
              "grace@example.net",
              "linus@example.com"
            ])
            assert.match(stored.content, /\(Authenticated sender: ada\)/)
            assert.strictEqual(/using TLSv1\.3/.test(stored.content), security !== "plain")
            assert.match(stored.content, /\n\n\.\nGrüße, über zwei Zeilen\n\.\.\n$/)
            assert.notMatch(stored.content, /^bcc:/im)
          })
        )
      }
    }

    it.scoped(
      "tells Postfix's words and a temporary status when a table answers 4xx, a permanent one with 5xx",
      () =>
        Effect.gen(function* () {
          const relay = yield* SecureRelay
          const home = yield* secureHome(relay, me)
          const send = (to: string) => runProgram({ home, args: ["-f", me, to], stdin: "Subject: x\n\nx\n" })
          yield* relay.setAccess("recipient", {
            "full@example.net": "452 4.2.2 mailbox full",
            "gone@example.net": "550 5.1.1 no such user"
          })
          const full = yield* send("full@example.net")
          assert.deepStrictEqual(
            [full.status, /4\.2\.2 .*mailbox full/.test(full.stderr)],
            [75, true],
            full.stderr
          )
          const gone = yield* send("gone@example.net")
          assert.deepStrictEqual(
            [gone.status, /5\.1\.1 .*no such user/.test(gone.stderr)],
            [67, true],
            gone.stderr
          )
          yield* relay.setAccess("sender", { [me]: "550 5.7.1 not from you" })
          const sender = yield* send("grace@example.net")
          assert.deepStrictEqual(
            [sender.status, /5\.7\.1 .*not from you/.test(sender.stderr)],
            [69, true],
            sender.stderr
          )
          yield* relay.setAccess("sender", {})
          yield* relay.setAccess("end", { [me]: "451 4.3.0 try later" })
          const end = yield* send("grace@example.net")
          assert.deepStrictEqual([end.status, /4\.3\.0 .*try later/.test(end.stderr)], [75, true], end.stderr)
          yield* relay.setAccess("end", {})
        })
    )
  })
})
