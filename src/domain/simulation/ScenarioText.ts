/** From the form of a scenario file to what it means: times become moments, words become values. */
import type { ProgramRule } from "./ProgramScript.ts"
import type { Outage, RelayLimits, RelayScript, Rule, Window } from "./RelayScript.ts"
import {
  type Arrival,
  defaultDurationMillis,
  defaultStartAt,
  type Expectation,
  type Scenario
} from "./Scenario.ts"
import type { ScenarioDocument } from "./ScenarioSchema.ts"
import { millisOf } from "./ScenarioTime.ts"
import type { User, WorldOptions } from "./World.ts"

type Part<Key extends keyof ScenarioDocument> = Exclude<ScenarioDocument[Key], undefined>
type One<Key extends keyof ScenarioDocument> = Part<Key> extends ReadonlyArray<infer A> ? A : never
type RelayPart = One<"relays">
type Times = { readonly from?: string; readonly until?: string }

/** Without the properties that are not there. */
type Present<A> = { readonly [Key in keyof A]: Exclude<A[Key], undefined> }

const present = <A extends object>(properties: A): Partial<Present<A>> => {
  const kept: Partial<Present<A>> = {}
  return Object.assign(
    kept,
    Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined))
  )
}

const optionally = <A, B>(value: A | undefined, convert: (value: A) => B): B | undefined =>
  value === undefined ? undefined : convert(value)

/** Reads times against the start of the scenario. */
const reader = (startAt: number) => {
  const moment = (text: string): number => (text.includes("T") ? Date.parse(text) : startAt + millisOf(text))
  const window = ({ from, until }: Times): Window =>
    present({ from: optionally(from, moment), until: optionally(until, moment) })
  return { moment, window }
}

type Reader = ReturnType<typeof reader>

const joined = (text: string | ReadonlyArray<string>): string =>
  typeof text === "string" ? text : text.map((line) => `${line}\n`).join("")

const ruleOf =
  ({ window }: Reader) =>
  ({ delay, reply, from, until, ...rule }: Exclude<RelayPart["rules"], undefined>[number]): Rule => ({
    ...rule,
    ...window({ ...present({ from, until }) }),
    ...present({
      delayMillis: optionally(delay, millisOf),
      reply: optionally(reply, (lines) => (typeof lines === "string" ? [lines] : lines))
    })
  })

const outageOf =
  ({ window }: Reader) =>
  ({
    every,
    for: length,
    kind = "refused",
    ...times
  }: Exclude<RelayPart["outages"], undefined>[number]): Outage => ({
    kind,
    ...window(times),
    ...present({ everyMillis: optionally(every, millisOf), forMillis: optionally(length, millisOf) })
  })

const tooFast = "450 4.7.1 Too many messages, try again later"

const limitsOf = ({ rate, ...limits }: Exclude<RelayPart["limits"], undefined>): RelayLimits => ({
  ...limits,
  ...(rate !== undefined && {
    rate: { messages: rate.messages, perMillis: millisOf(rate.per), reply: rate.reply ?? tooFast }
  })
})

const relayOf =
  (read: Reader) =>
  (relay: RelayPart): Partial<RelayScript> => {
    const {
      accounts,
      certificate,
      greylist,
      limits,
      outages,
      requireAuth,
      rules,
      starttls = true,
      ...rest
    } = relay
    return {
      ...rest,
      tls: { starttls, ...present({ flaw: certificate }) },
      ...present({
        accounts: accounts?.map(({ from, until, ...account }) => ({
          ...account,
          ...read.window({ ...present({ from, until }) })
        })),
        greylistMillis: optionally(greylist, millisOf),
        limits: optionally(limits, limitsOf),
        outages: outages?.map(outageOf(read)),
        requiresAuth: requireAuth,
        rules: rules?.map(ruleOf(read))
      })
    }
  }

type ProgramPart = Omit<One<"mda">, "recipient"> & { readonly matching?: string | undefined }

const programOf =
  ({ window }: Reader) =>
  ({ delay, exit, signal, from, until, matching, ...rule }: ProgramPart): ProgramRule => ({
    ...rule,
    ...window({ ...present({ from, until }) }),
    ...present({ matching, delayMillis: optionally(delay, millisOf) }),
    ...(exit !== undefined && { end: { _tag: "Exited" as const, status: exit } }),
    ...(signal !== undefined && { end: { _tag: "Signalled" as const, signal } })
  })

const userOf = ({ fullName, home = "/home/user", host, name }: Part<"user">): User => ({
  userName: name ?? "user",
  home,
  hostName: host ?? "host.example.org",
  ...present({ fullName })
})

const shortMessage = "Subject: simulated\n\nA message of a simulation.\n"

const arrivalOf =
  ({ moment }: Reader, startAt: number) =>
  ({ argv, at, count = 1, every, exitStatus, text = shortMessage }: One<"messages">): Arrival => ({
    at: at === undefined ? startAt : moment(at),
    count,
    everyMillis: every === undefined ? 0 : millisOf(every),
    argv,
    input: joined(text),
    ...present({ exitStatus })
  })

const expectationOf =
  ({ window }: Reader) =>
  ({ steps = [], ...totals }: Part<"expect">): Expectation => ({
    ...totals,
    steps: steps.map(({ from, until, ...step }) => ({ ...step, ...window({ ...present({ from, until }) }) }))
  })

/** As the schedule itself waits at least. */
const shortestPause = 1000

const runsOf = ({ moment }: Reader, runs: Part<"runs">): Scenario["runs"] => {
  if (runs === "schedule") return { _tag: "Schedule" }
  return "every" in runs
    ? { _tag: "Every", millis: Math.max(shortestPause, millisOf(runs.every)) }
    : { _tag: "At", times: runs.at.map(moment).sort((one, other) => one - other) }
}

const worldOf = (document: ScenarioDocument, read: Reader): WorldOptions => {
  const { disk, hooks, mda, rc, relays, secrets, seed, user } = document
  return present({
    seed,
    rc: optionally(rc, joined),
    user: optionally(user, userOf),
    relays: relays?.map(relayOf(read)),
    mda: mda?.map(({ recipient, ...run }) => programOf(read)({ ...run, matching: recipient })),
    hooks: hooks?.map(({ command, ...run }) => programOf(read)({ ...run, matching: command })),
    secrets: secrets?.map(({ from, until, ...secret }) => ({
      ...secret,
      ...read.window({ ...present({ from, until }) })
    })),
    queueFaults: disk?.map(({ fault, ...times }) => ({ reason: fault, ...read.window(times) }))
  })
}

export const scenarioOf = (document: ScenarioDocument): Scenario => {
  const startAt = optionally(document.start, Date.parse) ?? defaultStartAt
  const read = reader(startAt)
  return {
    title: document.title ?? "a scenario",
    startAt,
    durationMillis: optionally(document.duration, millisOf) ?? defaultDurationMillis,
    world: worldOf(document, read),
    arrivals: (document.messages ?? []).map(arrivalOf(read, startAt)),
    runs: runsOf(read, document.runs ?? "schedule"),
    ...present({ expect: optionally(document.expect, expectationOf(read)) })
  }
}
