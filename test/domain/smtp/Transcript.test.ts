import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Dialogue from "../../../src/domain/smtp/Dialogue.ts"
import type { DialogueEvent } from "../../../src/domain/smtp/DialogueTypes.ts"
import { decodeText } from "../../../src/domain/smtp/ReplyParser.ts"
import { excerpt, scrub, shownBytes } from "../../../src/domain/smtp/Transcript.ts"
import { base64 } from "./dialogue/auth.ts"
import { password, sessionPlan, tlsFacts, withPassword } from "./dialogue/plans.ts"

const octets = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const received = (text: string): DialogueEvent => ({ _tag: "Received", bytes: octets(text) })

const credentials: DialogueEvent = { _tag: "CredentialsReady", credentials: Either.right(password) }

const stateAfter = (...events: ReadonlyArray<DialogueEvent>): Dialogue.DialogueState => {
  const plan = sessionPlan({ mode: "implicit", tls: tlsFacts(), auth: withPassword })
  let { state } = Dialogue.start(plan)
  const opening: ReadonlyArray<DialogueEvent> = [
    { _tag: "Connected" },
    received("220 hi\r\n"),
    received("250-hi\r\n250 AUTH LOGIN\r\n")
  ]
  for (const event of [...opening, ...events]) state = Dialogue.step(state, event).state
  return state
}

/** What is recorded of the texts, read one after the other. */
const recorded = (start: Dialogue.DialogueState, ...texts: ReadonlyArray<string>): ReadonlyArray<string> => {
  let state = start
  return texts.map((text) => {
    const shown = decodeText(shownBytes(state, octets(text)))
    state = Dialogue.step(state, received(text)).state
    return shown
  })
}

describe("a transcript", () => {
  it("shows what the server says as it comes, while there is no secret to hide", () => {
    assert.deepStrictEqual(recorded(stateAfter(), "25", "0 x\r\n"), ["25", "0 x\r\n"])
  })

  it("shows whole lines once the server knows a secret, which it may repeat in pieces at any time (A7)", () => {
    const idle = stateAfter(credentials, received("334 \r\n"), received("334 \r\n"), received("235 ok\r\n"))
    assert.isTrue(Dialogue.isIdle(idle))
    assert.deepStrictEqual(recorded(idle, "25", "0 x\r\n"), ["", "250 x\r\n"])
  })

  it("hides challenges, and shows only whole lines of an AUTH exchange (L3 RFC 4954 §4)", () => {
    const shown = recorded(
      stateAfter(credentials),
      "334 VXNl",
      "cm5hbWU6\r",
      "\n",
      "334 UGFzc3dvcmQ6\r\n",
      "235 o",
      "k\r\n"
    )
    assert.deepStrictEqual(shown, ["", "", "334 *redacted*\r\n", "334 *redacted*\r\n", "", "235 ok\r\n"])
  })

  it("hides secrets that the server repeats (A7 RFC 4954 §9)", () => {
    const [, , shown] = recorded(
      stateAfter(credentials),
      "334 VXNlcm5hbWU6\r\n",
      "334 UGFzc3dvcmQ6\r\n",
      `535-${base64("pencil")} is\r\n535 pencil, user\r\n`
    )
    assert.strictEqual(shown, "535-*redacted* is\r\n535 *redacted*, user\r\n")
  })
})

const withShortPassword: DialogueEvent = {
  _tag: "CredentialsReady",
  credentials: Either.right({ username: "user", password: Redacted.make("abc") })
}

describe("a text", () => {
  it("loses the secrets of the session, short ones only during AUTH", () => {
    const asking = stateAfter(withShortPassword)
    assert.strictEqual(scrub(asking, "abc, abcd"), "*redacted*, *redacted*d")
    const answered = [received("334 \r\n"), received("334 \r\n"), received("235 ok\r\n")]
    assert.strictEqual(scrub(stateAfter(withShortPassword, ...answered), "abc"), "abc")
    assert.strictEqual(scrub(stateAfter(credentials, ...answered), "pencil"), "*redacted*")
  })

  it("is short and printable in an error", () => {
    assert.strictEqual(excerpt(stateAfter(), "a\r\n\0é\x1b"), "a?????")
    assert.strictEqual(excerpt(stateAfter(), "x".repeat(100)), `${"x".repeat(60)}…`)
  })

  it("loses its secrets before it is cut short", () => {
    const text = `${"x".repeat(57)}pencil`
    assert.notInclude(excerpt(stateAfter(credentials), text), "pen")
  })
})
