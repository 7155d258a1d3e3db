import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { ProcessFacts } from "../../../src/domain/queue/Owner.ts"
import * as NodeSpoolHost from "../../../src/layers/queue/NodeSpoolHost.ts"
import { SpoolHost } from "../../../src/services/SpoolHost.ts"

const started = (script: string) =>
  Effect.acquireRelease(
    Effect.sync(() => spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] })),
    (child) => Effect.sync(() => child.kill("SIGKILL"))
  )

const firstNumber = (child: ChildProcess) =>
  Effect.map(
    Effect.promise(() => (child.stdout === null ? Promise.resolve([""]) : once(child.stdout, "data"))),
    ([line]) => Number(String(line).trim())
  )

/** What is said of a process once it is as expected: a signal takes its time. */
const inspected = (pid: number, isExpected: (facts: ProcessFacts) => boolean) =>
  Effect.gen(function* () {
    const { inspect } = yield* SpoolHost
    return yield* inspect(pid).pipe(Effect.delay("10 millis"), Effect.repeat({ until: isExpected }))
  })

/** procps is asked where no procfs is mounted, as on other systems. */
const means = {
  procfs: NodeSpoolHost.layer,
  "ps(1)": NodeSpoolHost.layerWith({ proc: "/nonexistent" })
}

describe.each(Object.entries(means))("what the system says of processes by %s", (_means, host) => {
  it.live("this process is there, has a start time, and is of this boot", () =>
    Effect.gen(function* () {
      const { inspect, self } = yield* SpoolHost
      const facts = yield* inspect(process.pid)
      assert.strictEqual(self.pid, process.pid)
      assert.deepStrictEqual(facts, { _tag: "Present", startTime: self.startTime, isStopped: false })
      assert.notStrictEqual(self.startTime, "0")
    }).pipe(Effect.provide(host))
  )

  it.scopedLive("a process that has ended and that its parent has not looked at yet is a zombie", () =>
    Effect.gen(function* () {
      // The shell starts one, says who it is, and has become, before it ends, a program that never asks for its children.
      const parent = yield* started("sleep 0.3 & echo $!; exec sleep 60")
      const facts = yield* inspected(yield* firstNumber(parent), ({ _tag }) => _tag !== "Present")
      assert.strictEqual(facts._tag, "Zombie")
    }).pipe(Effect.provide(host))
  )

  it.scopedLive("a stopped process is told from a running one, and both from one that is gone", () =>
    Effect.gen(function* () {
      const child = yield* started("echo $$; exec sleep 60")
      const pid = yield* firstNumber(child)
      const isStopped = (facts: ProcessFacts) => facts._tag === "Present" && facts.isStopped
      assert.isFalse(isStopped(yield* inspected(pid, ({ _tag }) => _tag === "Present")))
      child.kill("SIGSTOP")
      assert.isTrue(isStopped(yield* inspected(pid, isStopped)))
      child.kill("SIGKILL")
      assert.strictEqual((yield* inspected(pid, ({ _tag }) => _tag === "Gone"))._tag, "Gone")
    }).pipe(Effect.provide(host))
  )
})
