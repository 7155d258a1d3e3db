/**
 * Senders, runners and listers in a model world, chaos among them, and the promises P1 to P8 held against what happened.
 *
 * All decisions come from one list of numbers, so that a failure shrinks to a short story.
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as JournalState from "../../src/domain/queue/JournalState.ts"
import type { QueueId } from "../../src/domain/queue/QueueId.ts"
import * as RetryPolicy from "../../src/domain/queue/RetryPolicy.ts"
import { type AfterPass, type Claim, Queue } from "../../src/services/Queue.ts"
import { deferred, delivered, draft, failed, policy } from "../layers/queue/drafts.ts"
import { forever, type ModelProcess, ModelWorld, type Mutant } from "./ModelWorld.ts"

export class BrokenPromise extends Error {}

const recipients = ["a@x", "b@x"]

interface Transmission {
  readonly id: string
  readonly recipient: number
  readonly process: ModelProcess
  isRecorded: boolean
}

/** What the outside world saw, and what the program said. */
class Oracle {
  /** Ids that `enqueue` returned. */
  readonly accepted = new Set<string>()
  readonly transmissions: Array<Transmission> = []
  /** Recipients that a server refused for good, as `id/position`, whether or not the program lived to write it down. */
  readonly refused = new Set<string>()
  /** Those that it did write down. */
  readonly recordedAsRefused = new Set<string>()
  readonly sending = new Map<string, ModelProcess>()
  /** Somebody asked for their removal; those on whom it was done must not be seen again. */
  readonly removals = new Map<string, "asked" | "done">()
  violation: string | undefined

  violated(promise: string): void {
    this.violation ??= promise
  }

  begin(id: string, process: ModelProcess): void {
    const other = this.sending.get(id)
    if (this.removals.get(id) === "done") this.violated(`P3: ${id} is removed, and sent`)
    if (other?.isAlive === true && other !== process) this.violated(`P4: ${id} is sent by two at a time`)
    this.sending.set(id, process)
  }

  serve(id: string, recipient: number, process: ModelProcess): Transmission {
    const before = this.transmissions.find(
      (one) => one.id === id && one.recipient === recipient && one.isRecorded
    )
    if (before !== undefined) this.violated(`P3: ${id} recipient ${recipient} is recorded, and sent again`)
    const transmission = { id, recipient, process, isRecorded: false }
    this.transmissions.push(transmission)
    return transmission
  }

  wasServed(id: string, recipient: number): boolean {
    return this.transmissions.some((one) => one.id === id && one.recipient === recipient)
  }
}

export interface Scenario {
  readonly decisions: ReadonlyArray<number>
  readonly messages: number
  readonly mutant?: Mutant
  /** Kill and power loss happen at all. */
  readonly isViolent: boolean
}

const text = (stream: Stream.Stream<Uint8Array, unknown>) =>
  Effect.map(Stream.runCollect(stream), (blocks) => Buffer.concat(Chunk.toReadonlyArray(blocks)).toString())

const bodyOf = (number: number) => `message ${number}\r\n`

class Story {
  readonly world: ModelWorld
  readonly oracle = new Oracle()
  private readonly decisions: ReadonlyArray<number>
  private readonly isViolent: boolean
  private readonly messages: number
  private at = 0
  private afterwards: number
  private count = 0

  constructor({ decisions, isViolent, messages, mutant }: Scenario) {
    this.world = new ModelWorld(mutant)
    this.decisions = decisions
    this.afterwards = decisions.reduce((sum, decision) => (Math.imul(sum, 31) + decision) >>> 0, 0)
    this.isViolent = isViolent
    this.messages = messages
  }

  /** From the list, and when that is at its end, from a sequence of its own that follows from it. */
  choose(bound: number): number {
    const decision = this.decisions[this.at++]
    if (decision !== undefined) return decision % bound
    this.afterwards = (Math.imul(this.afterwards, 1_103_515_245) + 12_345) >>> 0
    return (this.afterwards >>> 4) % bound
  }

  get isOver(): boolean {
    return this.at >= this.decisions.length
  }

  private spawn<E>(kind: string, program: (name: string) => Effect.Effect<unknown, E, Queue>): void {
    const name = `${kind}${++this.count}`
    this.world.start(name, program(name), (exit) => {
      if (Exit.isFailure(exit)) this.oracle.violated(`${name} failed: ${String(exit.cause)}`)
    })
  }

  private processNamed(name: string): ModelProcess | undefined {
    return this.world.processes.find((process) => process.name === name && process.isAlive)
  }

  startSender(number: number): void {
    this.spawn("sender", () =>
      Effect.gen(this, function* () {
        const queue = yield* Queue
        const id = yield* queue.enqueue(draft({ recipients, body: bodyOf(number) }))
        this.oracle.accepted.add(id)
        if (!(yield* queue.wake)) this.startRunner()
      })
    )
  }

  startLister(): void {
    this.spawn("mailq", () =>
      Effect.gen(this, function* () {
        const queue = yield* Queue
        const before = [...this.oracle.accepted].filter((id) => !this.isDone(id))
        const seen = new Set(
          Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list)).map((listing) =>
            listing._tag === "Known" ? listing.entry.id : listing.name
          )
        )
        for (const id of before) {
          if (!seen.has(id) && !this.isDone(id)) this.oracle.violated(`mailq: ${id} is queued and not listed`)
        }
      })
    )
  }

  /** A person who does not want a message sent after all. */
  startRemover(which: number): void {
    const ids = [...this.oracle.accepted]
    const id = ids[which % Math.max(1, ids.length)]
    if (id === undefined) return
    this.spawn("remover", () =>
      Effect.gen(this, function* () {
        this.oracle.removals.set(id, this.oracle.removals.get(id) ?? "asked")
        if ((yield* (yield* Queue).remove(id)) === "done") this.oracle.removals.set(id, "done")
      })
    )
  }

  private isDone(id: string): boolean {
    if (this.oracle.removals.has(id)) return true
    return recipients.every(
      (_, position) => this.oracle.wasServed(id, position) || this.oracle.refused.has(`${id}/${position}`)
    )
  }

  startRunner(): void {
    this.spawn("runner", (name) => Effect.flatMap(Queue, (queue) => queue.asRunner(this.pass(name, false))))
  }

  /** One pass over the queue. `isCalm`: everything is due and everyone is accepted. */
  private pass(name: string, isCalm: boolean): Effect.Effect<AfterPass, unknown, Queue> {
    return Effect.gen(this, function* () {
      const queue = yield* Queue
      yield* queue.recover
      const listings = Chunk.toReadonlyArray(yield* Stream.runCollect(queue.list))
      for (const listing of listings) {
        if (listing._tag === "Unknown") {
          this.oracle.violated(`P5: a fragment is listed: ${listing.name}: ${listing.problem}`)
          continue
        }
        if (listing.state !== "queued") continue
        if (isCalm || RetryPolicy.isDue(policy, listing.journal, this.world.disk.now)) {
          yield* Effect.scoped(this.attempt(name, listing.entry.id, isCalm))
        }
      }
      return { _tag: "Linger", time: 0 }
    })
  }

  private attempt(name: string, id: QueueId, isCalm: boolean) {
    return Effect.gen(this, function* () {
      const queue = yield* Queue
      const result = yield* queue.claim(id)
      if (result._tag === "Damaged") this.oracle.violated(`P5: ${id} is damaged: ${result.problem}`)
      if (result._tag !== "Claimed") return
      yield* this.deliver(name, result.claim, isCalm)
    })
  }

  private deliver(name: string, claim: Claim, isCalm: boolean) {
    return Effect.gen(this, function* () {
      const { entry } = claim
      const before = yield* claim.state
      if (!/^(message \d+|report)\r\n$/.test(yield* text(claim.message.body))) {
        this.oracle.violated(`P5: ${entry.id} is not what was accepted`)
      }
      // Reports that a crash left unmade come first.
      yield* this.report(claim, before)
      yield* claim.recordAttempt(this.world.disk.now + 60_000)
      const process = this.processNamed(name)
      if (process === undefined) return yield* forever
      yield* this.world.event(name, `MAIL ${entry.id}`, () => this.oracle.begin(entry.id, process))
      const rulings = []
      const served: Array<Transmission> = []
      const refused: Array<number> = []
      for (const position of JournalState.pending(yield* claim.state)) {
        const fate = isCalm ? 0 : this.choose(4)
        if (fate <= 1) {
          yield* this.world.event(name, `250 ${entry.id} ${position}`, () => {
            served.push(this.oracle.serve(entry.id, position, process))
          })
          rulings.push(delivered(position))
        } else {
          rulings.push(fate === 2 ? deferred(position) : failed(position))
          if (fate !== 3) continue
          refused.push(position)
          this.oracle.refused.add(`${entry.id}/${position}`)
        }
      }
      const after = yield* claim.recordResults(rulings)
      for (const transmission of served) transmission.isRecorded = true
      for (const position of refused) this.oracle.recordedAsRefused.add(`${entry.id}/${position}`)
      this.oracle.sending.delete(entry.id)
      yield* this.report(claim, after)
      const state = yield* claim.state
      if (JournalState.isFinished(state)) yield* claim.remove
      else if (entry.parent !== undefined && JournalState.pending(state).length === 0)
        yield* claim.bury("no way back")
    })
  }

  private report(claim: Claim, state: JournalState.JournalState) {
    return Effect.gen(this, function* () {
      const unreported = JournalState.unreported(state)
      if (unreported.length === 0 || claim.entry.parent !== undefined) return
      yield* claim.report("bounce", unreported, () => draft({ sender: "", recipients, body: "report\r\n" }))
    })
  }

  /** What happens next in the story: nearly always, one operation of one process. */
  private turn(): void {
    const decision = this.choose(Number.MAX_SAFE_INTEGER)
    const what = this.isViolent ? decision % 256 : 0
    const which = Math.floor(decision / 256)
    if (what < 240) this.advanceOne(which)
    else if (what < 241) this.startLister()
    else if (what < 242) this.startRemover(which)
    else if (what < 246) this.world.disk.now += 61_000
    else if (what < 249) this.startRunner()
    else if (what < 254) this.killOne(which)
    else this.losePower()
  }

  private advanceOne(which: number): void {
    const { runnable } = this.world
    const process = runnable[which % Math.max(1, runnable.length)]
    if (process !== undefined) this.world.advance(process)
  }

  private killOne(which: number): void {
    const { runnable } = this.world
    const process = runnable[which % Math.max(1, runnable.length)]
    if (process !== undefined) this.world.kill(process)
    this.startRunner()
  }

  private losePower(): void {
    this.world.losePower((bound) => this.choose(bound))
    this.oracle.sending.clear()
    this.startRunner()
  }

  private runToEnd(): void {
    for (let steps = 0; this.world.runnable.length > 0 && this.oracle.violation === undefined; steps++) {
      if (steps > 20_000) this.oracle.violated("nobody comes to an end")
      else this.advanceOne(this.choose(Number.MAX_SAFE_INTEGER))
    }
  }

  /** A queue that has been used before. */
  private prepare(): void {
    this.spawn("first", () => Effect.flatMap(Queue, (queue) => queue.recover))
    this.runToEnd()
    this.world.disk.syncDirectory("/home/spool")
    this.world.disk.syncDirectory("/home/spool/tmp")
  }

  /** Chaos for as long as there are decisions, then everyone comes to his end. */
  live(): void {
    if (this.choose(4) !== 1) this.prepare()
    for (let number = 0; number < this.messages; number++) this.startSender(number)
    while (!this.isOver && this.oracle.violation === undefined && this.world.runnable.length > 0) this.turn()
    this.runToEnd()
    // The power may also go when nobody does anything any more.
    if (this.isViolent && this.choose(3) !== 1) this.losePower()
    this.runToEnd()
  }

  /** Without violence, everything that was accepted has been attempted when all have ended. */
  checkNothingStranded(): void {
    for (const id of this.oracle.accepted) {
      const isTouched = this.world.trace.some((line) => line.includes(`MAIL ${id}`))
      if (!isTouched) this.oracle.violated(`wake: ${id} never got a pass`)
    }
  }

  private isSettled(): boolean {
    const { disk } = this.world
    return (
      disk.names("/home").includes("spool") &&
      disk.names("/home/spool").includes("VERSION") &&
      ["q", "tmp", "st"].every((name) => disk.names(`/home/spool/${name}`).length === 0)
    )
  }

  /** Calm runners until the queue is as empty as it gets; then the promises. */
  settle(): void {
    for (let round = 0; round < 4 && !this.isSettled() && this.oracle.violation === undefined; round++) {
      this.world.disk.now += 86_400_000
      this.spawn("last", (name) => Effect.flatMap(Queue, (queue) => queue.asRunner(this.pass(name, true))))
      this.runToEnd()
    }
    if (this.oracle.violation === undefined) this.checkPromises()
  }

  private checkPromises(): void {
    const { disk } = this.world
    const dead = new Set(disk.names("/home/spool/dead"))
    for (const id of this.oracle.accepted) {
      if (this.oracle.removals.has(id)) continue
      for (const position of recipients.keys()) {
        const name = `${id}/${position}`
        const isTold = this.oracle.refused.has(name) && this.isReported(id, dead)
        if (this.oracle.recordedAsRefused.has(name) && !isTold) {
          this.oracle.violated(`P8: ${id} failed and nobody was told`)
        }
        if (!isTold && !this.oracle.wasServed(id, position)) this.oracle.violated(`P1: ${id} is lost`)
      }
    }
    for (const directory of ["q", "tmp", "st", "bad"]) {
      const left = disk.names(`/home/spool/${directory}`).filter((name) => !dead.has(name))
      if (left.length > 0) this.oracle.violated(`left in ${directory}: ${left.join(" ")}`)
    }
  }

  private isReported(id: string, dead: ReadonlySet<string>): boolean {
    return [1, 2, 3, 4].some((number) => {
      const child = `${id}B${number}`
      return dead.has(child) || recipients.every((_, position) => this.oracle.wasServed(child, position))
    })
  }
}

/** Throws `BrokenPromise` with the whole story. */
export const play = (scenario: Scenario): void => {
  const story = new Story(scenario)
  story.live()
  if (!scenario.isViolent) story.checkNothingStranded()
  story.settle()
  story.world.endAll()
  if (story.oracle.violation !== undefined) {
    throw new BrokenPromise(`${story.oracle.violation}\n${story.world.story}`)
  }
}
