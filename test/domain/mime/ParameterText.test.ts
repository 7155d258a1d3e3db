import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { encodeParameters } from "../../../src/domain/mime/ParameterText.ts"
import { asOctets } from "./encodedText.ts"

const encoded = (text: string, charset = "unknown-8bit"): string =>
  Option.getOrElse(encodeParameters(text, charset), () => "refused")

describe("encodeParameters", () => {
  const cases: ReadonlyArray<readonly [what: string, text: string, encoded: string]> = [
    ["leaves ASCII as it is", ' attachment; filename="a b.txt"', ' attachment; filename="a b.txt"'],
    [
      "encodes a quoted value",
      'attachment; filename="Grüße 1.txt"',
      "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%201.txt"
    ],
    ["encodes a bare value", "inline; filename=ü.txt; size=3", "inline; filename*=utf-8''%C3%BC.txt; size=3"],
    ["takes escapes off", 'x/y; name="a\\"ü"', "x/y; name*=utf-8''a%22%C3%BC"],
    ["refuses a boundary outside ASCII", 'multipart/mixed; boundary="ü"', "refused"],
    ["refuses octets outside of parameters", "text/plaün; name=a", "refused"],
    ["refuses a bare value with blanks in it", "text/plain; name=Grüße 1.txt", "refused"],
    ["refuses a value that no line can hold", `x/y; name="${"ü".repeat(200)}"`, "refused"]
  ]
  for (const [what, text, expected] of cases) {
    it(`${what}`, () => assert.strictEqual(encoded(asOctets(text)), expected))
  }

  it("RFC 2231 §4: names no charset that it does not know", () => {
    assert.strictEqual(encoded('x/y; name="\xfc"'), "x/y; name*=''%FC")
    assert.strictEqual(encoded('x/y; name="\xfc"', "iso-8859-1"), "x/y; name*=iso-8859-1''%FC")
  })
})
