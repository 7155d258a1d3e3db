#!/usr/bin/env node
/** The program: from the name it was called by, through the layers, to its exit status. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ConfigFile from "./layers/config/ConfigFile.ts"
import * as Identities from "./layers/identity/ConfiguredIdentities.ts"
import * as OperatingSystem from "./layers/identity/OperatingSystem.ts"
import * as Program from "./layers/invocation/Program.ts"
import * as SpoolIntake from "./layers/mail/SpoolIntake.ts"
import * as StandardInput from "./layers/mail/StandardInput.ts"
import * as ChildPrograms from "./layers/mda/ChildPrograms.ts"
import * as SevenBit from "./layers/mime/SevenBit.ts"
import * as Beginning from "./layers/process/Beginning.ts"
import * as QueueOnDisk from "./layers/queue/QueueOnDisk.ts"
import * as NodeCrypto from "./layers/sasl/NodeCrypto.ts"
import * as SocketTransport from "./layers/smtp/SocketTransport.ts"
import * as LogFile from "./layers/telemetry/LogFile.ts"
import * as Observers from "./layers/telemetry/Observers.ts"
import * as Progress from "./layers/telemetry/Progress.ts"
import * as StandardStreams from "./layers/telemetry/StandardStreams.ts"
import * as Telemetry from "./layers/telemetry/Telemetry.ts"
import * as DeliveryWorkflow from "./layers/workflow/DeliveryWorkflow.ts"
import * as DetachedRunner from "./layers/workflow/DetachedRunner.ts"
import * as LegacyTakeover from "./layers/workflow/LegacyTakeover.ts"
import * as SubmissionWorkflow from "./layers/workflow/SubmissionWorkflow.ts"

const { argv, env } = process
const system = Layer.mergeAll(StandardStreams.layer, StandardInput.layer, OperatingSystem.layer({ env }))

const common = (options: Program.QueueOptions) =>
  Layer.mergeAll(SocketTransport.layer, QueueOnDisk.layer, Identities.layer, SpoolIntake.layer).pipe(
    Layer.provideMerge(Layer.mergeAll(ChildPrograms.layer({ env }), NodeCrypto.layer, SevenBit.layer)),
    Layer.provideMerge(Layer.merge(Observers.layer(options), LogFile.layer(options))),
    Layer.provideMerge(ConfigFile.layer({ ...options, env }))
  )

const submitting = (options: Program.QueueOptions) =>
  SubmissionWorkflow.layer(argv.slice(2)).pipe(
    Layer.provide(DetachedRunner.layer(process)),
    Layer.provide(common(options))
  )

const queueing = (options: Program.QueueOptions) =>
  Layer.merge(DeliveryWorkflow.layer, LegacyTakeover.layer).pipe(Layer.provideMerge(common(options)))

const program = Program.main(argv, {
  beginning: Beginning.begin(process),
  handingOver: DetachedRunner.handOver(process),
  inspecting: (options) => ConfigFile.inspect({ ...options, env }),
  logging: (options) => Telemetry.layer({ ...options, env }),
  observing: Progress.make,
  queueing,
  restricted: Beginning.isRestricted(env),
  subcommands: () => import("./layers/cli/Subcommands.ts"),
  submitting
})
NodeRuntime.runMain(Effect.provide(program, system), Program.runtimeOptions)
