/** A shop confirms its orders by mail: at once where it matters, through the queue where it does not. */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { Esmtp, type Mail } from "esmtp"
import { loopbackServer } from "./loopbackServer.ts"

const confirmation = (customer: string): Mail => ({
  message: `From: The shop <shop@example.org>
To: ${customer}
Subject: Your order

It is on its way.
`
})

/** `send` succeeds when every recipient was accepted. What failed says so in its type, with the server's own words. */
const confirmNow = (customer: string) =>
  Esmtp.send(confirmation(customer)).pipe(
    Effect.zipRight(Console.log(`${customer}: delivered`)),
    Effect.catchTag("Undelivered", (error) =>
      Console.log(
        `${customer}: ${error.isTransient ? "try again later" : "refused for good"}: ${error.message}`
      )
    )
  )

const program = Effect.gen(function* () {
  yield* confirmNow("ada@example.net")
  yield* confirmNow("nobody@example.net")

  // Safe on disk when `enqueue` returns; a program that goes on living forks `Esmtp.followQueue()` instead.
  yield* Esmtp.enqueue(confirmation("grace@example.net"))
  const { undelivered } = yield* Esmtp.deliverQueued()
  yield* Console.log(`left in the queue: ${undelivered}`)
})

const temporaryDirectory = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "shop-"))),
  (directory) => Effect.promise(() => rm(directory, { recursive: true, force: true }))
)

/** Yours is `Esmtp.layer()`, which reads ~/.esmtprc as `sendmail` does, or `Esmtp.layer({ rcFile: "…" })`. */
const exampleLayer = Layer.unwrapScoped(
  Effect.gen(function* () {
    const port = yield* loopbackServer
    const directory = yield* temporaryDirectory
    return Esmtp.layer({
      rc: `
        queue_dir = "${join(directory, "queue")}"
        identity "shop@example.org"
          hostname = "127.0.0.1:${port}"
          starttls = disabled
      `
    })
  })
)

/** esmtp logs the outcome for every recipient at level Info; here the program says it all itself. */
const quiet = Logger.withMinimumLogLevel(LogLevel.Warning)

await Effect.runPromise(program.pipe(Effect.provide(exampleLayer), quiet))
