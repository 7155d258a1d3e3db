/**
 * A program that reads standard input through the layers under test, and prints one line of JSON.
 *
 * Arguments: `--ignore-dots`; `--intake`, to take it in as a message and read the body twice.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as SpoolIntake from "../../../src/layers/mail/SpoolIntake.ts"
import * as StandardInputLayer from "../../../src/layers/mail/StandardInput.ts"
import { MessageIntake } from "../../../src/services/MessageIntake.ts"
import { StandardInput } from "../../../src/services/StandardInput.ts"

const options = { ignoreDots: process.argv.includes("--ignore-dots") }

const print = (result: object) => Effect.sync(() => process.stdout.write(`${JSON.stringify(result)}\n`))

const read = Effect.gen(function* () {
  const { message } = yield* StandardInput
  const chunks = yield* Stream.runCollect(Stream.map(message(options), (chunk) => chunk.slice()))
  yield* print({ text: Buffer.concat(Array.from(chunks)).toString() })
})

const maxRssKilobytes = () => process.resourceUsage().maxRSS

const count = (body: Stream.Stream<Uint8Array, unknown>) =>
  Stream.runFold(body, 0, (sum, chunk) => sum + chunk.length)

const takeIn = Effect.gen(function* () {
  const { message: input } = yield* StandardInput
  const intake = yield* MessageIntake
  const before = maxRssKilobytes()
  const message = yield* intake.receive(input(options))
  const received = maxRssKilobytes() - before
  const runs = [yield* count(message.body), yield* count(message.body)]
  yield* print({
    runs,
    facts: message.bodyFacts,
    receivedKilobytes: received,
    readKilobytes: maxRssKilobytes() - before
  })
}).pipe(Effect.scoped, Effect.provide(SpoolIntake.layer))

const program = (process.argv.includes("--intake") ? takeIn : read).pipe(
  Effect.provide(StandardInputLayer.layer),
  Effect.catchAll((error) => print({ error: String(error) })),
  Effect.onInterrupt(() => print({ interrupted: true }))
)

const fiber = Effect.runFork(program)
process.on("SIGINT", () => {
  Effect.runFork(Fiber.interrupt(fiber))
})
process.stdout.write("ready\n")
