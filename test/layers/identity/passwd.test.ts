import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { entryOfUser, fullNameOf } from "../../../src/layers/identity/passwd.ts"

const passwd = `root:x:0:0:root:/root:/bin/bash
toor:x:0:0:Second:/toor:/bin/sh
kim:x:1000:1000:Kim Lee,Room 5,,:/home/kim:/bin/sh
+::::::
broken
:x:7:7:nobody:/:/bin/sh
short:x:8
`

describe("entryOfUser", () => {
  it("is the first with the number", () => {
    assert.deepStrictEqual(entryOfUser(passwd, 0), { name: "root", gecos: "root", home: "/root" })
    assert.deepStrictEqual(entryOfUser(passwd, 1000), {
      name: "kim",
      gecos: "Kim Lee,Room 5,,",
      home: "/home/kim"
    })
  })

  it("is none for an unknown number or a line that is no entry", () => {
    for (const uid of [1, 7, 10, 100]) assert.isUndefined(entryOfUser(passwd, uid))
    assert.isUndefined(entryOfUser("", 0))
  })

  it("may lack its last fields", () => {
    assert.deepStrictEqual(entryOfUser(passwd, 8), { name: "short", gecos: "", home: "" })
  })

  it.prop("never throws", [FastCheck.string(), FastCheck.nat()], ([text, uid]) => {
    entryOfUser(text, uid)
  })
})

describe("fullNameOf", () => {
  it.each([
    ["Kim Lee,Room 5", "kim", "Kim Lee"],
    ["& Lee", "kim", "Kim Lee"],
    ["&", "$&", "$&"],
    ["", "kim", undefined],
    [",,,", "kim", undefined],
    ["  ", "kim", undefined],
    ["&", "", undefined]
  ])("of %j for %s is %s", (gecos, name, expected) => {
    assert.strictEqual(fullNameOf({ gecos, name }), expected)
  })
})
