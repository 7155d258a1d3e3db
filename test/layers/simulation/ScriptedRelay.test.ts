import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Rule, RuleStage } from "../../../src/domain/simulation/RelayScript.ts"
import * as World from "../../../src/domain/simulation/World.ts"
import * as NoDigests from "../../../src/layers/simulation/NoDigests.ts"
import * as ScriptedRelay from "../../../src/layers/simulation/ScriptedRelay.ts"
import * as DialledTransport from "../../../src/layers/smtp/DialledTransport.ts"
import { LocalSystem } from "../../../src/services/LocalSystem.ts"
import { Secrets } from "../../../src/services/Secrets.ts"
import { TrafficLog } from "../../../src/services/TrafficLog.ts"
import { type PeerScript, type PeerStep, smtpTransportContract } from "../../contract/smtpTransport.ts"
import { relayAt, system } from "../../support/smtpFixtures.ts"

const stages: Readonly<Record<PeerStep, ReadonlyArray<RuleStage>>> = {
  connect: ["greeting"],
  EHLO: ["ehlo"],
  AUTH: ["auth"],
  MAIL: ["mail"],
  RCPT: ["rcpt"],
  DATA: ["data"],
  "end-of-data": ["final-dot"]
}

const isStep = (step: string): step is PeerStep => step in stages

/** The nth use of a step gets the nth reply, the last one repeats. */
const rulesOf = ({ replies = {} }: PeerScript): ReadonlyArray<Rule> =>
  Object.entries(replies).flatMap(([step, texts]) =>
    isStep(step)
      ? stages[step].flatMap((at) =>
          texts.map((text, index): Rule => {
            const count = index < texts.length - 1 ? { after: index, times: 1 } : { after: index }
            return text === "drop" ? { at, ...count, end: "close" } : { at, ...count, reply: [text] }
          })
        )
      : []
  )

const surroundings = Layer.mergeAll(
  NoDigests.layer,
  Layer.succeed(LocalSystem, system),
  Layer.succeed(Secrets, { credentials: () => Effect.succeed({}) }),
  Layer.succeed(TrafficLog, { record: () => Effect.void })
)

smtpTransportContract("ScriptedRelay", (script = {}) =>
  Effect.gen(function* () {
    const { relays } = World.make({
      relays: [
        {
          host: "127.0.0.1",
          extensions: script.extensions ?? [],
          tls: { starttls: false },
          accounts: [],
          rules: rulesOf(script)
        },
        { host: "127.0.0.99", outages: [{ kind: "refused" }] }
      ]
    })
    const built = yield* Layer.build(
      DialledTransport.layer.pipe(
        Layer.provide(surroundings),
        Layer.provideMerge(ScriptedRelay.layer(relays))
      )
    )
    return {
      layer: Layer.succeedContext(built),
      relay: relayAt({ host: "127.0.0.1", port: 25 }),
      deadRelay: relayAt({ host: "127.0.0.99", port: 25 }),
      taken: Effect.map(
        Effect.flatMap(ScriptedRelay.Probe, ({ messages }) => messages),
        (messages) => messages.map(({ sender, recipients, text }) => ({ sender, recipients, text }))
      ).pipe(Effect.provide(built))
    }
  })
)
