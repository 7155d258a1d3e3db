import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import { secretOf } from "../../../src/domain/mda/SecretOutput.ts"

const octets = (text: string): Uint8Array => new TextEncoder().encode(text)

const secret = (text: string): string =>
  Either.match(secretOf(octets(text)), { onLeft: (why) => `refused: ${why}`, onRight: Redacted.value })

describe("a secret", () => {
  it("is what was printed, without the line ends after it", () => {
    assert.strictEqual(secret("pw\n"), "pw")
    assert.strictEqual(secret("pw"), "pw")
    assert.strictEqual(secret("pw\r\n"), "pw")
    assert.strictEqual(secret("pw\n\n"), "pw")
    assert.strictEqual(secret("  p w\t\n"), "  p w\t")
    assert.strictEqual(secret("p\u00e4ss\u{1f600}\n"), "p\u00e4ss\u{1f600}")
  })

  it("is refused if it is none, or could break a protocol", () => {
    for (const output of ["", "\n", "\r\n", "a\nb", "a\rb\n", "\npw\n", "a\0b"])
      assert.include(secret(output), "refused")
    assert.isTrue(Either.isLeft(secretOf(Uint8Array.of(0xff, 0xfe, 0x0a))))
  })

  it("is never in what is said of it, nor shown by itself", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.constantFrom("canary\nx", "x\0canary", "canary"), (output) => {
        assert.notInclude(JSON.stringify(secretOf(octets(output))), "canary")
      })
    )
  })
})
