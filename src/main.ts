#!/usr/bin/env node
/** The program: from the name it was called by, through the layers, to its exit status. */
import { realpathSync } from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { CommonOptions } from "./domain/invocation/Invocation.ts"
import { parse, programName } from "./domain/invocation/SendmailArgv.ts"
import * as ConfigFile from "./layers/config/ConfigFile.ts"
import * as ConfiguredIdentities from "./layers/identity/ConfiguredIdentities.ts"
import * as OperatingSystem from "./layers/identity/OperatingSystem.ts"
import * as Program from "./layers/invocation/Program.ts"
import * as SpoolIntake from "./layers/mail/SpoolIntake.ts"
import * as StandardInput from "./layers/mail/StandardInput.ts"
import * as CommandHooks from "./layers/mda/CommandHooks.ts"
import * as CommandSecrets from "./layers/mda/CommandSecrets.ts"
import * as ProcessMda from "./layers/mda/ProcessMda.ts"
import * as NodeSpoolFiles from "./layers/queue/NodeSpoolFiles.ts"
import * as NodeSpoolHost from "./layers/queue/NodeSpoolHost.ts"
import * as QueueDirectory from "./layers/queue/QueueDirectory.ts"
import * as NodeCrypto from "./layers/sasl/NodeCrypto.ts"
import * as SocketTransport from "./layers/smtp/SocketTransport.ts"
import * as LogOutput from "./layers/telemetry/LogOutput.ts"
import * as Observers from "./layers/telemetry/Observers.ts"
import * as Progress from "./layers/telemetry/Progress.ts"
import * as StandardStreams from "./layers/telemetry/StandardStreams.ts"
import * as DeliveryWorkflow from "./layers/workflow/DeliveryWorkflow.ts"
import * as DetachedRunner from "./layers/workflow/DetachedRunner.ts"
import * as LegacyTakeover from "./layers/workflow/LegacyTakeover.ts"
import * as SubmissionWorkflow from "./layers/workflow/SubmissionWorkflow.ts"

const { argv, env, execPath } = process
const [, script = "esmtp", ...args] = argv
const invokedAs = programName(script) === "main" ? "esmtp" : script

const queue = QueueDirectory.layer.pipe(Layer.provide(Layer.merge(NodeSpoolFiles.layer, NodeSpoolHost.layer)))

const delivering = Layer.mergeAll(
  SocketTransport.layer,
  ProcessMda.layer({ env }),
  CommandHooks.layer({ env })
).pipe(Layer.provide(Layer.merge(CommandSecrets.layer({ env }), NodeCrypto.layer)))

const common = (options: CommonOptions) =>
  Layer.mergeAll(delivering, queue, ConfiguredIdentities.layer, SpoolIntake.layer).pipe(
    Layer.provideMerge(Layer.merge(Observers.layer(options), ConfigFile.layer({ ...options, env })))
  )

const runner = { program: execPath, args: [realpathSync(script), "deliver", "--due", "--linger"], env }

const composition: Program.Composition = {
  logging: ({ debugLevel }) =>
    LogOutput.layer({ format: env["ESMTP_LOG"], level: env["ESMTP_LOG_LEVEL"], debugLevel }),
  parsing: (words) =>
    Effect.promise(() => import("./layers/cli/Subcommands.ts")).pipe(
      Effect.flatMap(({ parseSubcommand }) => parseSubcommand(words))
    ),
  observing: Progress.make,
  submitting: (options) =>
    SubmissionWorkflow.layer(args).pipe(
      Layer.provide(DetachedRunner.layer(runner)),
      Layer.provide(common(options))
    ),
  queueing: (options) =>
    Layer.merge(DeliveryWorkflow.layer, LegacyTakeover.layer).pipe(Layer.provideMerge(common(options)))
}

const surroundings = Layer.mergeAll(
  StandardStreams.layer,
  StandardInput.layer,
  OperatingSystem.layer({ env })
)

const program = Effect.provide(Program.run(composition, parse(invokedAs, args)), surroundings)

NodeRuntime.runMain(
  Effect.onExit(program, (exit) =>
    Effect.sync(() => {
      process.exitCode = Program.statusOf(exit, StandardStreams.writeErrorNow)
    })
  ),
  {
    disableErrorReporting: true,
    disablePrettyLogger: true,
    teardown: () => process.exit()
  }
)
