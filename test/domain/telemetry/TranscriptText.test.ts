import { assert, describe, it } from "@effect/vitest"
import type { SessionEvent } from "../../../src/domain/telemetry/SessionEvent.ts"
import { transcriptText } from "../../../src/domain/telemetry/TranscriptText.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const peer = { host: "relay.example.org", service: "25" }

const render = (...events: ReadonlyArray<SessionEvent>): string => events.map(transcriptText).join("")

describe("the transcript of -X", () => {
  it("has the format of C esmtp", () => {
    assert.strictEqual(
      render(
        { _tag: "Received", bytes: bytes("250-relay\r\n250 PIPELINING\r\n") },
        { _tag: "Sent", text: "MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n" },
        { _tag: "HeaderSent", bytes: bytes("Subject: a\r\n b\r\nTo: c\r\n\r\n") },
        { _tag: "Disconnected", peer }
      ),
      [
        "S: 250-relay\r\n250 PIPELINING\r\n",
        "C: MAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\n",
        "H: Subject: a\r\n b\r\n",
        "H: To: c\r\n",
        "\n"
      ].join("")
    )
  })

  it("adds a line end where a chunk has none", () => {
    assert.strictEqual(render({ _tag: "Received", bytes: bytes("250 o") }), "S: 250 o\n")
  })

  it("cuts nothing, and lets nothing act on a terminal", () => {
    const text = render({ _tag: "Received", bytes: bytes(`250 ${"x".repeat(5000)}\u001b[2J\r\n`) })
    assert.include(text, `${"x".repeat(5000)}\\x1b[2J\r\n`)
  })

  it("shows octets that are no UTF-8 as ISO 8859-1", () => {
    assert.strictEqual(render({ _tag: "Received", bytes: Uint8Array.of(0xe9, 0x0d, 0x0a) }), "S: é\r\n")
  })
})
