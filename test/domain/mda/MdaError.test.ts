import { assert, describe, it } from "@effect/vitest"
import { HookFailed } from "../../../src/domain/mda/MdaError.ts"

describe("HookFailed", () => {
  it("shows the commands around a session, and none that may hold the secret it prints", () => {
    const end = { _tag: "Exited", status: 3 } as const
    const message = (hook: HookFailed["hook"]) =>
      new HookFailed({ hook, command: "echo hunter2", end }).message
    assert.strictEqual(message("preconnect"), 'preconnect "echo hunter2": exit status 3')
    assert.strictEqual(message("postconnect"), 'postconnect "echo hunter2": exit status 3')
    assert.strictEqual(message("password_command"), "password_command: exit status 3")
    assert.strictEqual(message("oauth2_token_command"), "oauth2_token_command: exit status 3")
  })
})
