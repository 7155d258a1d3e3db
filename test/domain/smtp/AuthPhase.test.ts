import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { utf8 } from "../../../src/domain/sasl/Octets.ts"
import type { SaslExchange } from "../../../src/domain/sasl/Sasl.ts"
import { onReply } from "../../../src/domain/smtp/AuthPhase.ts"
import * as Dialogue from "../../../src/domain/smtp/Dialogue.ts"
import type { AuthAttempt, DialogueState } from "../../../src/domain/smtp/DialogueState.ts"
import { password, sessionPlan } from "./dialogue/plans.ts"

/** A mechanism that never comes to an end. */
const endless: SaslExchange = {
  respond: () => Either.right({ response: utf8("x"), exchange: endless }),
  conclude: Either.void
}

const attempt: AuthAttempt = {
  _tag: "Auth",
  mechanism: "CRAM-MD5",
  exchange: endless,
  credentials: password,
  binding: undefined,
  rest: [],
  rounds: 0
}

const sent = (actions: Dialogue.Step["actions"]) =>
  actions.flatMap((action) => (action._tag === "Send" ? [new TextDecoder().decode(action.bytes)] : []))

describe("a server that challenges for ever (A2 RFC 4954 §4)", () => {
  it("is answered sixteen times, then the exchange is cancelled", () => {
    let state: DialogueState = { ...Dialogue.start(sessionPlan()).state, phase: attempt }
    const lines: Array<string> = []
    for (let round = 0; round < 17; round++) {
      assert.strictEqual(state.phase._tag, "Auth")
      if (state.phase._tag !== "Auth") return
      const step = onReply(state, state.phase, { code: 334, lines: [""] })
      state = step.state
      lines.push(...sent(step.actions))
    }
    assert.deepStrictEqual(lines, [...Array.from({ length: 16 }, () => "eA==\r\n"), "*\r\n"])
  })
})
