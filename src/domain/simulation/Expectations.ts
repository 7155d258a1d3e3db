/** Holds what happened against what a scenario expects, and names the first step that went wrong. */
import { matches } from "./Glob.ts"
import { isWithin } from "./RelayScript.ts"
import type { ExpectedStep, Scenario } from "./Scenario.ts"
import type { TimelineEvent, Totals } from "./Timeline.ts"

export interface Mismatch {
  /** What was expected and not found, in words. */
  readonly expected: string
  readonly found: string
  /** Up to where everything was right: the position in the timeline. Absent: only the end is wrong. */
  readonly after?: number
}

const kindOf = (event: TimelineEvent): string =>
  event._tag === "Outcome" ? event.status : event._tag.toLowerCase()

const textOf = (event: TimelineEvent): string => {
  switch (event._tag) {
    case "Outcome":
      return event.text
    case "Called":
      return `${event.relay} ${event.result}`
    case "Unavailable":
      return `${event.relay} ${event.reason}`
    case "Buried":
      return event.reason
    case "Ran":
      return event.error
    case "Reported":
    case "Gone":
      return ""
  }
}

const fits = (step: ExpectedStep, event: TimelineEvent): boolean => {
  if (kindOf(event) !== step.event || !isWithin(step, event.at)) return false
  if (step.text !== undefined && !textOf(event).toLowerCase().includes(step.text.toLowerCase())) return false
  return (
    step.recipient === undefined || (event._tag === "Outcome" && matches(step.recipient, event.recipient))
  )
}

const stepWords = (step: ExpectedStep, startAt: number): string => {
  const since = (at: number) => `${Math.round((at - startAt) / 1000)} s after the start`
  return [
    step.event,
    step.recipient,
    step.text === undefined ? undefined : JSON.stringify(step.text),
    step.from === undefined ? undefined : `not before ${since(step.from)}`,
    step.until === undefined ? undefined : `before ${since(step.until)}`
  ]
    .filter((word) => word !== undefined)
    .join(" ")
}

const wrongStep = (
  steps: ReadonlyArray<ExpectedStep>,
  events: ReadonlyArray<TimelineEvent>,
  startAt: number
): Mismatch | undefined => {
  let position = 0
  for (const [index, step] of steps.entries()) {
    const found = events.findIndex((event, at) => at >= position && fits(step, event))
    if (found < 0) {
      const expected = `step ${index + 1} of ${steps.length}: ${stepWords(step, startAt)}`
      return { expected, found: "no such event after the step before", after: position }
    }
    position = found + 1
  }
  return undefined
}

const wrongRun = ({ arrivals }: Scenario, events: ReadonlyArray<TimelineEvent>): Mismatch | undefined => {
  for (const [position, event] of events.entries()) {
    if (event._tag !== "Ran") continue
    const expected = arrivals[event.start]?.exitStatus
    if (expected !== undefined && expected !== event.exitStatus) {
      return {
        expected: `exit status ${expected} of sendmail ${event.argv.join(" ")}`,
        found: `exit status ${event.exitStatus}${event.error === "" ? "" : `: ${event.error.trim()}`}`,
        after: position + 1
      }
    }
  }
  return undefined
}

const counted = ["delivered", "failed", "pending", "reports", "dead", "possibleDuplicates"] as const

/** Undefined: everything is as expected. */
export const firstMismatch = (
  scenario: Scenario,
  events: ReadonlyArray<TimelineEvent>,
  totals: Totals,
  exitStatus: number
): Mismatch | undefined => {
  const { expect, startAt } = scenario
  const found = wrongRun(scenario, events) ?? wrongStep(expect?.steps ?? [], events, startAt)
  if (found !== undefined || expect === undefined) return found
  for (const name of counted) {
    const expected = expect[name]
    if (expected !== undefined && expected !== totals[name])
      return { expected: `${name}: ${expected}`, found: `${name}: ${totals[name]}` }
  }
  return expect.exitStatus === undefined || expect.exitStatus === exitStatus
    ? undefined
    : { expected: `exit status ${expect.exitStatus} of the run`, found: `exit status ${exitStatus}` }
}
