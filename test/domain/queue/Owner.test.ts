import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Owner from "../../../src/domain/queue/Owner.ts"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"
import { entryName, parseEntryName } from "../../../src/domain/queue/SpoolName.ts"

const self: Owner.ProcessIdentity = {
  pid: 100,
  startTime: "5000",
  bootId: "c8ff523d953b4e3b93630b5e07e50dbd",
  pidNamespace: "4026531836",
  machine: "deadbeef"
}

const other = { ...self, pid: 200, startTime: "6000" }

const present = (startTime: string, isStopped = false): Owner.ProcessFacts => ({
  _tag: "Present",
  startTime,
  isStopped
})

describe("Owner", () => {
  it("a claim's name says whose it is, and is read back", () => {
    const owner = { ...other, nonce: "0a1b2c3d4" }
    const id = QueueId.make(1, new Uint8Array(10))
    const name = entryName({ id, owner })
    assert.deepStrictEqual(parseEntryName(name), Option.some({ id, owner }))
    assert.isBelow(name.length, 143, "fits an encrypted home directory's file names")
    assert.match(name, /^[0-9A-Za-z.-]+$/)
  })

  it("L8: a name that is not quite a claim's is nobody's", () => {
    const id = QueueId.make(1, new Uint8Array(10))
    for (const name of [
      `${id}.`,
      `${id}.1-2-3`,
      `${id}.0-1-a-1-m-n`,
      `${id}.1-1-a-1-m-n/..`,
      `x.1-1-a-1-m-n`,
      `${id}.1-1-a-1-m-n\n`
    ]) {
      assert.isTrue(Option.isNone(parseEntryName(name)), JSON.stringify(name))
    }
  })

  it("P4: an owner is dead only if it can't act any more", () => {
    const cases: ReadonlyArray<
      readonly [string, Owner.ProcessIdentity, Owner.ProcessFacts, number, Owner.Judgement]
    > = [
      ["running", other, present("6000"), 0, "alive"],
      ["stopped: it may go on at any moment", other, present("6000", true), 1e12, "stopped"],
      ["gone", other, { _tag: "Gone" }, 0, "dead"],
      ["killed and not yet waited for", other, { _tag: "Zombie" }, 0, "dead"],
      ["its process id belongs to another process", other, present("7000"), 0, "dead"],
      ["start time not known", { ...other, startTime: "0" }, present("7000"), 0, "alive"],
      ["before the last boot", { ...other, bootId: "b" }, present("6000"), 0, "dead"],
      ["in another container, heard of", { ...other, pidNamespace: "1" }, { _tag: "Gone" }, 1000, "alive"],
      [
        "in another container, silent for a day",
        { ...other, pidNamespace: "1" },
        present("6000"),
        86_400_000,
        "dead"
      ],
      ["on another machine", { ...other, machine: "m", bootId: "b" }, { _tag: "Gone" }, 1000, "alive"],
      [
        "on another machine, silent for a day",
        { ...other, machine: "m" },
        { _tag: "Gone" },
        86_400_001,
        "dead"
      ]
    ]
    for (const [what, owner, facts, silent, expected] of cases) {
      assert.strictEqual(Owner.judge(owner, self, facts, silent), expected, what)
    }
  })
})
