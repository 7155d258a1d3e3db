/** The built program with a real Postfix that offers less than usual: what arrives is the same message all the same. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { makeHome } from "../support/EmbeddedRelay.ts"
import { PartFailed } from "../support/PartFailed.ts"
import { hasPostfix, type Postfix, startPostfix } from "../support/real/Postfix.ts"
import { runProgram } from "../support/runProgram.ts"

const keywords = [
  "8BITMIME",
  "CHUNKING",
  "DSN",
  "ENHANCEDSTATUSCODES",
  "PIPELINING",
  "SIZE",
  "SMTPUTF8",
  "VRFY"
]

const without = (...discarded: ReadonlyArray<string>) => ({
  settings: { smtpd_discard_ehlo_keywords: discarded.join(",").toLowerCase() }
})

const services = {
  "everything that it has": without(),
  ...Object.fromEntries(keywords.map((keyword) => [`no ${keyword}`, without(keyword)])),
  "nothing at all": without(...keywords, "ETRN"),
  "room for ten recipients": {
    settings: { smtpd_recipient_limit: "10", smtpd_recipient_overshoot_limit: "10" }
  },
  "room for 10,000 octets": { settings: { message_size_limit: "10000" } }
}

class Relay extends Context.Tag("esmtp/test/real/extensions.test/Relay")<Relay, Postfix>() {
  static readonly layer: Layer.Layer<Relay, PartFailed> = Layer.scoped(Relay, startPostfix({ services }))
}

const homeAt = (port: number) =>
  makeHome({ identity: "ada@example.org", hostname: `127.0.0.1:${port}`, tls: "disabled" })

const longLine = "Zeile ohne Ende ".repeat(80).trimEnd()

/** What a reader sees: Python's email package undoes whatever was done for the transport. */
const readBack = (content: string): string =>
  execFileSync(
    "python3",
    [
      "-c",
      `import sys, email, email.policy
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
sys.stdout.buffer.write(m.get_content().encode())`
    ],
    { input: content, encoding: "utf8" }
  )

const body = `.\n..\nGrüße\t \n${longLine}\nFrom here\n\n.end\n`

const message = (id: string): string =>
  `From: ada@example.org\nTo: grace@example.net\nMessage-ID: <${id}>\nMIME-Version: 1.0\n` +
  `Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${body}`

describe.runIf(hasPostfix())("a Postfix that offers", () => {
  layer(Relay.layer, { timeout: "60 seconds", excludeTestServices: true })((it) => {
    for (const [number, name] of Object.keys(services).entries()) {
      it.scoped(`${name} gets the message that was written`, () =>
        Effect.gen(function* () {
          const postfix = yield* Relay
          const home = yield* homeAt(postfix.portOf(name))
          const id = `extensions${number}@example.org`
          const { status, stderr } = yield* runProgram({ home, args: ["-t"], stdin: message(id) })
          assert.deepStrictEqual([status, stderr], [0, ""])
          const { content } = yield* postfix.sink.waitForMessage(`<${id}>`)
          assert.strictEqual(readBack(content), body)
        })
      )
    }

    it.scoped("room for ten recipients gets all 25 from the queue in one run, each once", () =>
      Effect.gen(function* () {
        const postfix = yield* Relay
        const home = yield* homeAt(postfix.portOf("room for ten recipients"))
        const recipients = Array.from({ length: 25 }, (_, at) => `user${at}@example.net`)
        const id = "many@example.org"
        const queued = yield* runProgram({
          home,
          args: ["-odq", "-f", "ada@example.org", ...recipients],
          stdin: `Message-ID: <${id}>\nTo: ${recipients.join(",\n ")}\n\nto many\n`
        })
        assert.deepStrictEqual([queued.status, queued.stderr], [0, ""])
        const delivered = yield* runProgram({ home, name: "deliver" })
        assert.strictEqual(delivered.status, 0, delivered.stdout + delivered.stderr)
        const recipientsServed = Effect.map(postfix.sink.messages, (messages) =>
          messages.filter(({ content }) => content.includes(id)).flatMap((one) => one.recipients)
        )
        const served = yield* recipientsServed.pipe(
          Effect.filterOrFail(
            ({ length }) => length >= recipients.length,
            ({ length }) => new PartFailed({ part: "message sink", detail: `${length} recipients served` })
          ),
          Effect.retry(Schedule.spaced("50 millis")),
          Effect.timeout("20 seconds")
        )
        assert.deepStrictEqual(served.slice().sort(), recipients.slice().sort())
      })
    )

    it.scoped("room for 10,000 octets is told nothing of a larger message", () =>
      Effect.gen(function* () {
        const postfix = yield* Relay
        const home = yield* homeAt(postfix.portOf("room for 10,000 octets"))
        const transcript = path.join(home, "transcript")
        const { status, stderr } = yield* runProgram({
          home,
          args: ["-X", transcript, "-f", "ada@example.org", "grace@example.net"],
          stdin: `Subject: large\n\n${"0123456789".repeat(7).concat("\n").repeat(200)}`
        })
        assert.strictEqual(status, 69)
        assert.match(stderr, /larger|too large|SIZE|size/)
        assert.notMatch(fs.readFileSync(transcript, "utf8"), /^C: (?:MAIL|DATA)/m)
      })
    )
  })
})
