/**
 * What the package exports as `esmtp/simulation`: to test a program that sends mail, without a network, a disk or waiting.
 *
 * `Simulation.layer` stands in for `Esmtp.layer`; its `Probe` tells what happened. `World` says what can be scripted.
 */
export * as ProgramScript from "../domain/simulation/ProgramScript.ts"
export * as RelayScript from "../domain/simulation/RelayScript.ts"
export * as World from "../domain/simulation/World.ts"
export * as RecordingHooks from "../layers/simulation/RecordingHooks.ts"
export * as RecordingMda from "../layers/simulation/RecordingMda.ts"
export * as ScriptedRelay from "../layers/simulation/ScriptedRelay.ts"
export * as Simulation from "../layers/simulation/Simulation.ts"
export * as VirtualClock from "../layers/simulation/VirtualClock.ts"
