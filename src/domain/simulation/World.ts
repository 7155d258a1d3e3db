/** Everything that esmtp meets in a simulation, as data. Whatever is not said is cooperative. */
import type { Settings } from "../config/Settings.ts"
import type { QueueFailed } from "../queue/QueueError.ts"
import type { ProgramScript } from "./ProgramScript.ts"
import { cooperative, type RelayScript, type Window } from "./RelayScript.ts"

/** A disk that refuses what is queued for a while. */
export interface QueueFault extends Window {
  readonly reason: QueueFailed["reason"]
}

/** What `password_command` or `oauth2_token_command` answers for a while. */
export interface SecretScript extends Window {
  readonly command: "password_command" | "oauth2_token_command"
  readonly answer: string
}

export interface User {
  readonly userName: string
  readonly fullName?: string
  readonly home: string
  readonly hostName: string
}

export interface World {
  /** Text of the configuration. */
  readonly rc: string
  /** In the place of `rc`. */
  readonly settings?: Settings
  readonly relays: ReadonlyArray<RelayScript>
  readonly mda: ProgramScript
  readonly hooks: ProgramScript
  readonly secrets: ReadonlyArray<SecretScript>
  readonly queueFaults: ReadonlyArray<QueueFault>
  readonly user: User
  readonly seed: number
  /** Whether every step of every session is kept for the probe. */
  readonly keepsEvents: boolean
}

/** As a test or a scenario says it. */
export interface WorldOptions extends Partial<Omit<World, "relays">> {
  /** Absent: one that takes everything. A host that none of them stands for has no address. */
  readonly relays?: ReadonlyArray<Partial<RelayScript>>
}

const nobody: User = { userName: "user", home: "/home/user", hostName: "host.example.org" }

const relayOf = (options: Partial<RelayScript>): RelayScript => ({
  ...cooperative,
  requiresAuth: Array.isArray(options.accounts) && options.accounts.length > 0,
  ...options
})

export const make = ({ relays = [{}], ...options }: WorldOptions): World => ({
  rc: "hostname = relay.example:587\n",
  mda: [],
  hooks: [],
  secrets: [],
  queueFaults: [],
  user: nobody,
  seed: 1,
  keepsEvents: true,
  ...options,
  relays: relays.map(relayOf)
})
