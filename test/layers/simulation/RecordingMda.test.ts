import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ProgramScript } from "../../../src/domain/simulation/ProgramScript.ts"
import * as RecordingMda from "../../../src/layers/simulation/RecordingMda.ts"
import * as VirtualClock from "../../../src/layers/simulation/VirtualClock.ts"
import { type MdaBehaviour, mdaRunnerContract } from "../../contract/mdaRunner.ts"
import { configOf, watching } from "../mda/household.ts"

const scriptOf = (behaviour: MdaBehaviour): ProgramScript => {
  switch (behaviour._tag) {
    case "Exits":
      return [
        {
          end: { _tag: "Exited", status: behaviour.status },
          isNotReading: !behaviour.isReading,
          ...(behaviour.prints === undefined ? {} : { prints: behaviour.prints })
        }
      ]
    case "Dies":
      return [{ end: { _tag: "Signalled", signal: behaviour.signal } }]
    case "Hangs":
      return [{ delayMillis: 7 * 86_400_000 }]
    case "Takes":
    case "Absent":
      return []
  }
}

mdaRunnerContract("RecordingMda", (behaviour, { forceMda } = {}) =>
  Effect.gen(function* () {
    const built = yield* Layer.build(
      RecordingMda.layer.pipe(
        Layer.provide(
          configOf(behaviour._tag === "Absent" ? undefined : "/usr/bin/mda -f %F -- %T", forceMda)
        ),
        Layer.provide(watching),
        Layer.provideMerge(RecordingMda.probe(scriptOf(behaviour)))
      )
    )
    return {
      layer: Layer.merge(Layer.succeedContext(built), VirtualClock.layer()),
      taken: Effect.flatMap(RecordingMda.Probe, ({ taken }) =>
        Effect.map(taken, (mails) =>
          mails.map(({ sender, recipients, text }) => ({ sender, recipients, text }))
        )
      ).pipe(Effect.provide(built))
    }
  })
)
