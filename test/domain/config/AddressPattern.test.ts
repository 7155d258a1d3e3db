import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { fitOfAddress, fitOfPattern, isAddressName } from "../../../src/domain/config/AddressPattern.ts"

describe("an address", () => {
  it.each([
    ["kim@example.org", "kim@example.org", "equal"],
    ["kim@example.org", "kim@EXAMPLE.org", "equal but for case"],
    ["kim@example.org", "Kim@example.org", undefined],
    ["kim@example.org", "kim+list@example.org", undefined],
    ["kim@example.org", "kim@sub.example.org", undefined],
    ["kim", "kim", "equal"],
    ["kim", "Kim", undefined],
    ["*@example.org", "*@example.org", "equal"]
  ] as const)("%s against %s: %s", (own, address, fit) => {
    assert.strictEqual(fitOfAddress(own, address), fit)
  })
})

describe("a pattern", () => {
  it.each([
    ["*@example.org", "kim@example.org", "domain"],
    ["@example.org", "kim@example.org", "domain"],
    ["example.org", "kim@Example.ORG", "domain"],
    ["*@localhost", "kim@localhost", "domain"],
    ["bücher.example", "kim@BÜCHER.example", "domain"],
    ["example.org", "kim@sub.example.org", undefined],
    ["example.org", "kim@badexample.org", undefined],
    ["example.org", "example.org", undefined],
    ["*.example.org", "kim@a.b.example.org", "parent domain"],
    ["*@*.example.org", "kim@a.example.org", "parent domain"],
    ["*.example.org", "kim@example.org", undefined],
    ["*.example.org", "kim@badexample.org", undefined],
    ["*", "kim", "any"],
    ["*@*", "kim@example.org", "any"],
    ["kim@example.org", "kim@example.org", undefined],
    ["kim*@example.org", "kim2@example.org", undefined],
    ["*@a@b", "x@b", undefined],
    ["root", "kim@root", undefined],
    ["Kim Lee", "Kim Lee", undefined]
  ] as const)("%s against %s: %s", (name, address, fit) => {
    assert.strictEqual(fitOfPattern(name, address), fit)
  })

  it.prop("is never an address", [FastCheck.string(), FastCheck.emailAddress()], ([name, address]) => {
    if (isAddressName(name)) assert.isUndefined(fitOfPattern(name, address))
  })
})
