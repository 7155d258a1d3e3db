/** What happened in a simulation, in its order, for charts, machines and expectations. */
import type { SysExit } from "../invocation/SysExit.ts"

interface Moment {
  /** Milliseconds since the epoch. */
  readonly at: number
}

export type Status = "delivered" | "deferred" | "failed"

/** `message`: `1`, or `1.37` for the 37th of a burst, and `1.37 bounce` for a report about it. */
export type TimelineEvent =
  /** The program was started, and has ended. */
  | (Moment & {
      readonly _tag: "Ran"
      readonly message?: string
      /** Which of the scenario's messages it is, from 0. */
      readonly start: number
      readonly argv: ReadonlyArray<string>
      readonly startedAt: number
      readonly exitStatus: SysExit
      readonly out: string
      readonly error: string
      readonly queueId?: string
    })
  | (Moment & {
      readonly _tag: "Outcome"
      readonly message: string
      readonly recipient: string
      readonly status: Status
      readonly text: string
      readonly possibleDuplicate: boolean
    })
  | (Moment & { readonly _tag: "Called"; readonly relay: string; readonly result: string })
  | (Moment & {
      readonly _tag: "Unavailable"
      readonly relay: string
      readonly reason: string
      readonly retryAt: number
      readonly waiting: number
    })
  | (Moment & { readonly _tag: "Reported"; readonly message: string; readonly report: string })
  | (Moment & { readonly _tag: "Buried"; readonly message: string; readonly reason: string })
  /** Nothing of it is left in the queue. */
  | (Moment & { readonly _tag: "Gone"; readonly message: string })

export interface Totals {
  readonly messages: number
  /** Of recipients. */
  readonly delivered: number
  readonly failed: number
  readonly pending: number
  /** Deliveries after which it is not certain that the relay had not taken the message before. */
  readonly possibleDuplicates: number
  readonly reports: number
  readonly dead: number
  readonly connections: number
}

/** How each recipient of each message stands at the end. */
export interface Standing {
  readonly message: string
  readonly recipient: string
  readonly status: Status
  readonly text: string
  readonly attempts: number
  readonly firstAt: number
  readonly lastAt: number
}

export const standings = (events: ReadonlyArray<TimelineEvent>): ReadonlyArray<Standing> => {
  const found = new Map<string, Standing>()
  for (const event of events) {
    if (event._tag !== "Outcome") continue
    const { at, message, recipient, status, text } = event
    const key = `${message} ${recipient}`
    const before = found.get(key)
    found.set(key, {
      ...{ message, recipient, status, text },
      attempts: (before?.attempts ?? 0) + 1,
      firstAt: before?.firstAt ?? at,
      lastAt: at
    })
  }
  return [...found.values()]
}

const count = <A>(values: ReadonlyArray<A>, predicate: (value: A) => boolean): number =>
  values.reduce((sum, value) => (predicate(value) ? sum + 1 : sum), 0)

/** `pending`: recipients still waited for in the queue when it ended. */
export const totals = (events: ReadonlyArray<TimelineEvent>, pending: number): Totals => {
  const ends = standings(events).filter(({ message }) => !message.includes(" "))
  return {
    messages: count(events, ({ _tag, ...event }) => _tag === "Ran" && "message" in event),
    delivered: count(ends, ({ status }) => status === "delivered"),
    failed: count(ends, ({ status }) => status === "failed"),
    pending,
    possibleDuplicates: count(events, (event) => event._tag === "Outcome" && event.possibleDuplicate),
    reports: count(events, ({ _tag }) => _tag === "Reported"),
    dead: count(events, ({ _tag }) => _tag === "Buried"),
    connections: count(events, ({ _tag }) => _tag === "Called")
  }
}
