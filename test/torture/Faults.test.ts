import { setImmediate } from "node:timers/promises"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as JournalState from "../../src/domain/queue/JournalState.ts"
import type { QueueId } from "../../src/domain/queue/QueueId.ts"
import type { Ruling } from "../../src/domain/queue/Verdict.ts"
import { Queue } from "../../src/services/Queue.ts"
import { deferred, delivered, draft, failed } from "../layers/queue/drafts.ts"
import { type Fault, type FaultCounter, type FaultKind, faultCodes, faulty } from "./faults.ts"
import { ModelWorld, type Mutant } from "./ModelWorld.ts"

/** One process after the other on one disk, each to its end. */
class Machine {
  readonly world: ModelWorld
  private isFaulty = false

  constructor(mutant: Mutant) {
    this.world = new ModelWorld({
      files: (files, world) => (this.isFaulty ? (mutant.files?.(files, world) ?? files) : files)
    })
  }

  private exitOf<A>(program: Effect.Effect<A, unknown, Queue>): Exit.Exit<A, unknown> {
    const ends: Array<Exit.Exit<A, unknown>> = []
    this.world.start("process", program, (exit) => ends.push(exit))
    for (let next = this.world.runnable[0]; next !== undefined; next = this.world.runnable[0])
      this.world.advance(next)
    const [end] = ends
    if (end === undefined) throw new Error("a process did not end")
    return end
  }

  /** A process whom nothing befalls. */
  run<A>(program: Effect.Effect<A, unknown, Queue>): A {
    return Exit.getOrElse(this.exitOf(program), (cause) => {
      throw new Error(Cause.pretty(cause))
    })
  }

  /** A process whom the fault befalls. It may fail, but only in a way that its types tell. */
  suffer<A>(program: Effect.Effect<A, unknown, Queue>): Exit.Exit<A, unknown> {
    this.isFaulty = true
    const exit = this.exitOf(program)
    this.isFaulty = false
    if (Exit.isFailure(exit))
      assert.isTrue(Chunk.isEmpty(Cause.defects(exit.cause)), Cause.pretty(exit.cause))
    return exit
  }
}

const kinds: ReadonlyArray<FaultKind> = ["refused", "done all the same", "full from here", "short"]

const codesFor = (kind: FaultKind) => {
  if (kind === "short") return ["EIO"] as const
  return kind === "full from here" ? (["ENOSPC", "EDQUOT"] as const) : faultCodes
}

const isLong = process.env["ESMTP_TORTURE"] === "1"

const timeout = isLong ? 3_600_000 : 120_000

/** One of each class that the program tells apart; all of them in the long run. */
const fewCodes: ReadonlyArray<Fault["code"]> = isLong ? faultCodes : ["ENOSPC", "EIO"]

/** Plays a scenario with every fault at every operation, until the scenario ends before the fault comes. */
const withEveryFault = async (
  scenario: (machine: Machine, story: () => string) => void,
  codes: ReadonlyArray<Fault["code"]> = faultCodes
): Promise<number> => {
  let played = 0
  for (const kind of kinds) {
    for (const code of codesFor(kind).filter((one) => codes.includes(one))) {
      for (let at = 0; ; at++) {
        const counter: FaultCounter = { operations: 0, hit: undefined }
        const machine = new Machine(faulty({ at, code, kind }, counter))
        scenario(machine, () => `${kind} ${code} at ${at}: ${counter.hit}\n${machine.world.story}`)
        // The test runner wants to hear of us now and then.
        if (played++ % 100 === 0) await setImmediate()
        if (counter.hit === undefined && counter.operations <= at) break
        assert.isBelow(at, 500, "a scenario does not end")
      }
    }
  }
  return played
}

const all = Effect.gen(function* () {
  const queue = yield* Queue
  yield* queue.recover
  return Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list))
})

const enqueued = (body: string) =>
  Effect.flatMap(Queue, (queue) => queue.enqueue(draft({ recipients: ["a@x", "b@x"], body })))

const bodyOf = (id: QueueId) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    const result = yield* queue.claim(id)
    if (result._tag !== "Claimed") return result._tag
    const blocks = yield* Stream.runCollect(result.claim.message.body)
    return Buffer.concat(Chunk.toReadonlyArray(blocks)).toString()
  }).pipe(Effect.scoped)

/** What the relay has seen: one line for each recipient served. */
type Relay = Array<string>

/** One delivery, as a careful caller makes it: nothing is sent unless the attempt was recorded. */
const deliver = (relay: Relay, recorded: Set<string>, id: QueueId, fates: ReadonlyArray<Ruling>) =>
  Effect.gen(function* () {
    const queue = yield* Queue
    yield* queue.recover
    const result = yield* queue.claim(id)
    if (result._tag !== "Claimed") return result._tag
    const { claim } = result
    const state = yield* claim.recordAttempt(1)
    const open = new Set(JournalState.pending(state))
    const rulings = fates.map((fate) => ({
      ...fate,
      recipients: fate.recipients.filter((one) => open.has(one))
    }))
    const served = rulings
      .filter(({ verdict }) => verdict.status === "delivered")
      .flatMap(({ recipients }) => recipients.map((one) => `${id} ${one}`))
    relay.push(...served)
    const after = yield* claim.recordResults(rulings)
    for (const one of served) recorded.add(one)
    const unreported = JournalState.unreported(after)
    if (unreported.length > 0)
      yield* claim.report("bounce", unreported, () => draft({ sender: "", body: "report\r\n" }))
    if (JournalState.isFinished(yield* claim.state)) yield* claim.remove
    return "Claimed"
  }).pipe(Effect.scoped)

const count = (relay: Relay, line: string) => relay.filter((one) => one === line).length

describe("L1: every operation fails in every way", () => {
  it("P2 P5: enqueue ends with the whole message in the queue, or with an error and nothing", {
    timeout
  }, async () => {
    const played = await withEveryFault((machine, story) => {
      machine.run(enqueued("before\r\n"))
      const exit = machine.suffer(enqueued("hello\r\n"))
      machine.world.disk.now += 10_000
      const listings = machine.run(all)
      assert.strictEqual(listings.length, Exit.isSuccess(exit) ? 2 : 1, story())
      for (const listing of listings) {
        assert.strictEqual(listing._tag, "Known", story())
        if (listing._tag !== "Known") continue
        assert.include(["before\r\n", "hello\r\n"], machine.run(bodyOf(listing.entry.id)), story())
      }
      assert.deepStrictEqual(machine.world.disk.names("/home/spool/tmp"), [], story())
    })
    assert.isAbove(played, 200)
  })

  it("P2: the very first enqueue, which makes the spool, too", { timeout }, async () => {
    await withEveryFault((machine, story) => {
      const exit = machine.suffer(enqueued("hello\r\n"))
      const second = machine.run(enqueued("later\r\n"))
      const ids = machine
        .run(all)
        .map((listing) => (listing._tag === "Known" ? listing.entry.id : listing.name))
      assert.include(ids, second, story())
      assert.strictEqual(ids.length, Exit.isSuccess(exit) ? 2 : 1, story())
    })
  })

  it("P1 P3 P6: a delivery sends only what it can record, and records what it sent", {
    timeout
  }, async () => {
    const played = await withEveryFault((machine, story) => {
      const id = machine.run(enqueued("hello\r\n"))
      const relay: Relay = []
      const recorded = new Set<string>()
      machine.suffer(deliver(relay, recorded, id, [delivered(0), deferred(1)]))
      const sentOnce = new Set(recorded)
      machine.world.disk.now += 10_000
      machine.run(deliver(relay, recorded, id, [delivered(0, 1)]))
      machine.world.disk.now += 10_000
      assert.deepStrictEqual(machine.run(all), [], story())
      for (const line of sentOnce) assert.strictEqual(count(relay, line), 1, story())
      for (const position of [0, 1]) assert.isAtLeast(count(relay, `${id} ${position}`), 1, story())
      assert.deepStrictEqual(machine.world.disk.names("/home/spool/bad"), [], story())
      assert.deepStrictEqual(machine.world.disk.names("/home/spool/st"), [], story())
    })
    assert.isAbove(played, 300)
  })

  it("P6: a full disk, or a failing one, does not make a delivered message be sent again", {
    timeout
  }, async () => {
    await withEveryFault((machine, story) => {
      const id = machine.run(enqueued("hello\r\n"))
      const relay: Relay = []
      const recorded = new Set<string>()
      const exit = machine.suffer(deliver(relay, recorded, id, [delivered(0, 1)]))
      machine.world.disk.now += 10_000
      machine.run(deliver(relay, recorded, id, [delivered(0, 1)]))
      if (Exit.isSuccess(exit) && exit.value === "Claimed")
        assert.strictEqual(count(relay, `${id} 0`), 1, story())
      for (const line of recorded) assert.isAtLeast(count(relay, line), 1, story())
    }, fewCodes)
  })

  it("P8: a failure leads to exactly one report", { timeout }, async () => {
    await withEveryFault((machine, story) => {
      const id = machine.run(enqueued("hello\r\n"))
      const relay: Relay = []
      const recorded = new Set<string>()
      machine.suffer(deliver(relay, recorded, id, [delivered(0), failed(1)]))
      machine.world.disk.now += 10_000
      machine.run(deliver(relay, recorded, id, [delivered(0), failed(1)]))
      const left = machine
        .run(all)
        .map((listing) => (listing._tag === "Known" ? listing.entry.id : listing.name))
      assert.deepStrictEqual(left, [`${id}B1`], story())
    }, fewCodes)
  })

  it("hold, retry and remove do what they say or say that they failed", { timeout }, async () => {
    await withEveryFault((machine, story) => {
      const id = machine.run(enqueued("hello\r\n"))
      const held = machine.suffer(Effect.flatMap(Queue, (queue) => queue.hold(id)))
      machine.world.disk.now += 10_000
      const [listing] = machine.run(all)
      const isHeld = listing?._tag === "Known" && listing.journal.isHeld
      if (Exit.isSuccess(held) && held.value === "done") assert.isTrue(isHeld, story())
      const removed = machine.suffer(Effect.flatMap(Queue, (queue) => queue.remove(id)))
      machine.world.disk.now += 10_000
      if (Exit.isSuccess(removed) && removed.value === "done")
        assert.deepStrictEqual(machine.run(all), [], story())
    }, fewCodes)
  })

  it("P5: a listing is whole, or it fails; it never lies about what it could not read", {
    timeout
  }, async () => {
    await withEveryFault((machine, story) => {
      machine.run(enqueued("one\r\n"))
      machine.run(enqueued("two\r\n"))
      const exit = machine.suffer(Effect.flatMap(Queue, (queue) => Stream.runCollect(queue.list)))
      if (Exit.isSuccess(exit)) assert.strictEqual(Chunk.size(exit.value), 2, story())
    }, fewCodes)
  })
})
