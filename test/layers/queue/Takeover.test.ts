/** Whose mail may be taken over, and whose not: two queues over one directory, each a process of its own to the other. */
import * as fs from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type { ProcessFacts, ProcessIdentity } from "../../../src/domain/queue/Owner.ts"
import * as NodeSpoolFiles from "../../../src/layers/queue/NodeSpoolFiles.ts"
import * as NodeSpoolHost from "../../../src/layers/queue/NodeSpoolHost.ts"
import * as QueueDirectory from "../../../src/layers/queue/QueueDirectory.ts"
import { type AfterPass, Queue } from "../../../src/services/Queue.ts"
import { SpoolHost } from "../../../src/services/SpoolHost.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { draft, policy } from "./drafts.ts"

type Queues = Context.Tag.Service<typeof Queue>

const here: ProcessIdentity = { pid: 100, startTime: "7", bootId: "b1", pidNamespace: "1", machine: "m1" }

interface Process {
  readonly identity?: Partial<ProcessIdentity>
  /** What it is told of every other process. */
  readonly others?: () => ProcessFacts
}

/** The queue as one process sees it. */
const queueOf = (
  directory: string,
  { identity = {}, others = () => ({ _tag: "Gone" }) }: Process
): Effect.Effect<Queues, never, Scope.Scope> =>
  Effect.gen(function* () {
    const node = yield* SpoolHost
    const host = SpoolHost.of({
      ...node,
      self: { ...here, ...identity },
      inspect: () => Effect.sync(others)
    })
    const parts = Layer.merge(NodeSpoolFiles.layer, Layer.succeed(SpoolHost, host))
    const layer = QueueDirectory.layerAt({ directory, policy }).pipe(Layer.provide(parts))
    return Context.get(yield* Layer.build(layer), Queue)
  }).pipe(Effect.provide(NodeSpoolHost.layer))

const present = (isStopped: boolean, startTime = "7"): ProcessFacts => ({
  _tag: "Present",
  startTime,
  isStopped
})

const hours = 3600

/** Makes whatever is claimed in the spool look as if it had been marked so long ago. */
const age = (directory: string, seconds: number) => {
  const then = Date.now() / 1000 - seconds
  for (const name of fs.readdirSync(directory).filter((one) => one.includes("."))) {
    fs.utimesSync(`${directory}/${name}`, then, then)
  }
}

/** One entry, claimed by `owner`, as `observer` deals with it: whether it is taken back. */
const isTakenBack = (owner: Process, observer: Process, silentSeconds = 0) =>
  Effect.gen(function* () {
    const directory = `${yield* makeTempDir}/spool`
    const first = yield* queueOf(directory, owner)
    const second = yield* queueOf(directory, { identity: { pid: 200 }, ...observer })
    const id = yield* first.enqueue(draft())
    assert.strictEqual((yield* first.claim(id))._tag, "Claimed")
    age(`${directory}/q`, silentSeconds)
    const { freed } = yield* second.recover
    return freed.length === 1 && (yield* Effect.scoped(second.claim(id)))._tag === "Claimed"
  }).pipe(Effect.scoped)

describe("whose claims are taken back", () => {
  const cases: ReadonlyArray<readonly [string, boolean, Process, Process, number]> = [
    ["a process that is gone", true, {}, {}, 0],
    ["a zombie", true, {}, { others: () => ({ _tag: "Zombie" }) }, 0],
    ["a process whose id another one has now", true, {}, { others: () => present(false, "8") }, 0],
    ["a living process", false, {}, { others: () => present(false) }, 0],
    ["a living process that was silent for days", false, {}, { others: () => present(false) }, 99 * hours],
    ["a stopped process: it may go on at any moment", false, {}, { others: () => present(true) }, 99 * hours],
    [
      "a process of an earlier boot",
      true,
      { identity: { bootId: "b0" } },
      { others: () => present(false) },
      0
    ],
    ["another machine's, heard of lately", false, { identity: { machine: "m2" } }, {}, 23 * hours],
    ["another machine's, silent for a day", true, { identity: { machine: "m2" } }, {}, 25 * hours],
    ["another container's, heard of lately", false, { identity: { pidNamespace: "2" } }, {}, 23 * hours],
    ["another container's, silent for a day", true, { identity: { pidNamespace: "2" } }, {}, 25 * hours],
    ["another machine's, marked in the future", false, { identity: { machine: "m2" } }, {}, -99 * hours]
  ]
  for (const [whose, expected, owner, observer, silentSeconds] of cases) {
    it.live(`P1 P4: ${expected ? "yes" : "no"}, from ${whose}`, () =>
      Effect.map(isTakenBack(owner, observer, silentSeconds), (taken) => assert.strictEqual(taken, expected))
    )
  }

  it.live("P4: an owner whose claim was taken may not begin to send, and gives back nothing", () =>
    Effect.gen(function* () {
      const directory = `${yield* makeTempDir}/spool`
      const first = yield* queueOf(directory, { identity: { machine: "m2" } })
      const second = yield* queueOf(directory, {})
      const id = yield* first.enqueue(draft())
      yield* Effect.gen(function* () {
        const result = yield* first.claim(id)
        age(`${directory}/q`, 25 * hours)
        yield* second.recover
        if (result._tag !== "Claimed") return assert.fail(result._tag)
        const error = yield* Effect.flip(result.claim.recordAttempt(0))
        assert.strictEqual(error.reason, "NotFound")
      }).pipe(Effect.scoped)
      assert.deepStrictEqual(fs.readdirSync(`${directory}/q`), [id])
    }).pipe(Effect.scoped)
  )
})

/** A runner in charge by `owner`; what `observer` gets when it wants to be one. */
const takesCharge = (owner: Process, observer: Process, silentSeconds = 0) =>
  Effect.gen(function* () {
    const directory = `${yield* makeTempDir}/spool`
    const first = yield* queueOf(directory, owner)
    const second = yield* queueOf(directory, { identity: { pid: 200 }, ...observer })
    const isRunning = yield* Deferred.make<void>()
    const mayEnd = yield* Deferred.make<void>()
    const linger: AfterPass = { _tag: "Linger", time: 0 }
    const running = yield* Effect.fork(
      first.asRunner(
        Effect.as(Effect.zipRight(Deferred.succeed(isRunning, undefined), Deferred.await(mayEnd)), linger)
      )
    )
    yield* Deferred.await(isRunning)
    age(`${directory}/run`, silentSeconds)
    const isHeard = yield* second.wake
    const hasRun = yield* second.asRunner(Effect.succeed(linger))
    assert.strictEqual(isHeard, !hasRun)
    yield* Deferred.succeed(mayEnd, undefined)
    assert.isTrue(yield* Fiber.join(running))
    // Whoever comes next finds one token, whatever happened before.
    assert.isTrue(yield* second.asRunner(Effect.succeed(linger)))
    assert.deepStrictEqual(
      fs.readdirSync(`${directory}/run`).filter((name) => name !== "wake"),
      ["idle"]
    )
    return hasRun
  }).pipe(Effect.scoped)

describe("whose charge is taken over", () => {
  const cases: ReadonlyArray<readonly [string, boolean, Process, Process, number]> = [
    ["a runner that is gone", true, {}, {}, 0],
    ["a zombie", true, {}, { others: () => ({ _tag: "Zombie" }) }, 0],
    ["a stopped runner: new mail must not wait for it", true, {}, { others: () => present(true) }, 0],
    ["a runner that was silent for long", true, {}, { others: () => present(false) }, 6 * 60],
    ["a living runner", false, {}, { others: () => present(false) }, 60],
    ["another machine's runner", false, { identity: { machine: "m2" } }, {}, 60],
    ["another machine's runner, silent for long", true, { identity: { machine: "m2" } }, {}, 6 * 60]
  ]
  for (const [whose, expected, owner, observer, silentSeconds] of cases) {
    it.live(`P1: ${expected ? "yes" : "no"}, from ${whose}`, () =>
      Effect.map(takesCharge(owner, observer, silentSeconds), (taken) => assert.strictEqual(taken, expected))
    )
  }

  it.live("P1: a lingering runner makes another pass as soon as another process wakes it", () =>
    Effect.gen(function* () {
      const directory = `${yield* makeTempDir}/spool`
      const first = yield* queueOf(directory, { others: () => present(false) })
      const second = yield* queueOf(directory, { identity: { pid: 200 }, others: () => present(false) })
      const passes: Array<Deferred.Deferred<void>> = [
        yield* Deferred.make<void>(),
        yield* Deferred.make<void>()
      ]
      let count = 0
      const pass = Effect.gen(function* () {
        const made = passes[count++]
        if (made !== undefined) yield* Deferred.succeed(made, undefined)
        const after: AfterPass = { _tag: "Linger", time: count === 1 ? "1 hour" : 0 }
        return after
      })
      const running = yield* Effect.fork(first.asRunner(pass))
      yield* Effect.forEach(passes.slice(0, 1), Deferred.await)
      yield* second.enqueue(draft())
      assert.isTrue(yield* second.wake)
      yield* Effect.forEach(passes, Deferred.await)
      assert.isTrue(yield* Fiber.join(running))
      assert.strictEqual(count, 2)
    }).pipe(Effect.scoped)
  )
})
