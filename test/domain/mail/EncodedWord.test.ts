import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { encodedWords } from "../../../src/domain/mail/EncodedWord.ts"

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** RFC 2047, as a reader does it. Throws where a word cuts a character. */
const decoded = (words: ReadonlyArray<string>): string =>
  words
    .map((word) => {
      const [, encoding, content = ""] = /^=\?utf-8\?([qb])\?([^?\s]*)\?=$/.exec(word) ?? []
      const octets =
        encoding === "b"
          ? atob(content)
          : content
              .replaceAll("_", " ")
              .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
      return utf8.decode(Uint8Array.from(octets, (octet) => octet.charCodeAt(0)))
    })
    .join("")

describe("encodedWords", () => {
  it("shows what is ASCII in a text that mostly is", () => {
    assert.deepStrictEqual(encodedWords("Jörg Müller"), ["=?utf-8?q?J=C3=B6rg_M=C3=BCller?="])
  })

  it("uses base64 where little of it is", () => {
    assert.deepStrictEqual(encodedWords("日本語"), ["=?utf-8?b?5pel5pys6Kqe?="])
  })

  it("lets nothing through that a phrase does not admit", () => {
    assert.deepStrictEqual(encodedWords('a"b,c<d>e=?f'), ["=?utf-8?q?a=22b=2Cc=3Cd=3Ee=3D=3Ff?="])
    assert.match(
      encodedWords("many plain letters, (and) a comma")[0] ?? "",
      /^=\?utf-8\?q\?[A-Za-z0-9!*+/=_-]+\?=$/
    )
  })

  it("RFC 2047 §2: makes words of 75 characters at most, and gives the text back", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 80 }), (text) => {
        const words = encodedWords(text)
        for (const word of words) assert.isAtMost(word.length, 75)
        assert.strictEqual(decoded(words), text)
      })
    )
  })

  it("takes a very long name", () => {
    const name = "ü🙂x".repeat(2000)
    assert.strictEqual(decoded(encodedWords(name)), name)
  })
})
