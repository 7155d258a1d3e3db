#!/usr/bin/env node
/** The program: from the name it was called by, through the layers, to its exit status. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as ConfigFile from "./layers/config/ConfigFile.ts"
import * as Identities from "./layers/identity/ConfiguredIdentities.ts"
import * as OperatingSystem from "./layers/identity/OperatingSystem.ts"
import { first, next, together } from "./layers/invocation/Assembly.ts"
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
import * as LogOutput from "./layers/telemetry/LogOutput.ts"
import * as Observers from "./layers/telemetry/Observers.ts"
import * as Progress from "./layers/telemetry/Progress.ts"
import * as StandardStreams from "./layers/telemetry/StandardStreams.ts"
import * as Tracing from "./layers/telemetry/Tracing.ts"
import * as DeliveryWorkflow from "./layers/workflow/DeliveryWorkflow.ts"
import * as DetachedRunner from "./layers/workflow/DetachedRunner.ts"
import * as LegacyTakeover from "./layers/workflow/LegacyTakeover.ts"
import * as SubmissionWorkflow from "./layers/workflow/SubmissionWorkflow.ts"

const { argv, env } = process
const args = argv.slice(2)
const own = first(OperatingSystem.layer({ env })).pipe(next(StandardStreams.layer), next(StandardInput.layer))

const common = (options: Program.QueueOptions) =>
  first(ConfigFile.layer({ ...options, env }))
    .pipe(next(Observers.layer(options)), next(LogFile.layer(options)), next(ChildPrograms.layer({ env })))
    .pipe(next(NodeCrypto.layer), next(SevenBit.layer), next(SocketTransport.layer))
    .pipe(next(QueueOnDisk.layer), next(Identities.layer), next(SpoolIntake.layer))

const submitting = (options: Program.QueueOptions) =>
  common(options).pipe(next(DetachedRunner.layer(process)), next(SubmissionWorkflow.layer(args)), together)

const queueing = (options: Program.QueueOptions) =>
  common(options).pipe(next(DeliveryWorkflow.layer), next(LegacyTakeover.layer), together)

const program = Program.main(argv, {
  beginning: Beginning.begin(process),
  configuring: (options) => ConfigFile.layer({ ...options, env }),
  handingOver: DetachedRunner.handOver(process),
  inspecting: (options) => ConfigFile.inspect({ ...options, env }),
  logging: (options) =>
    first(LogOutput.layer({ ...options, env })).pipe(next(Tracing.layer({ ...options, env })), together),
  observing: Progress.make,
  queueing,
  restricted: Beginning.isRestricted(env),
  simulation: () => import("./layers/simulation/SimulateCommand.ts"),
  subcommands: () => import("./layers/cli/Subcommands.ts"),
  submitting
})
NodeRuntime.runMain(Effect.provide(program, together(own)), Program.runtimeOptions)
