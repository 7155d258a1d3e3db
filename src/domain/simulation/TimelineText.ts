/** A timeline for people: a chart of attempts against time, what became of the messages, or line by line; or as JSON. */
import { printable } from "../telemetry/Printable.ts"
import { type Standing, type Status, standings, type TimelineEvent, type Totals } from "./Timeline.ts"

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** `1d 02:30:05` since the start. */
export const since = (startAt: number, at: number): string => {
  const millis = Math.max(0, at - startAt)
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0")
  const time = `${two((millis % day) / hour)}:${two((millis % hour) / minute)}:${two((millis % minute) / 1000)}`
  return `${Math.floor(millis / day)}d ${time}`
}

const plural = (number: number, word: string): string => `${number} ${word}${number === 1 ? "" : "s"}`

/** One event in one line; empty where it says nothing to a person. */
export const eventLine = (startAt: number, event: TimelineEvent): string => {
  const at = since(startAt, event.at)
  switch (event._tag) {
    case "Ran": {
      const said = event.error === "" ? "" : `: ${printable(event.error.trim(), 120)}`
      const what = event.message === undefined ? "" : ` message ${event.message}`
      return `${at}  sendmail${what} ended with status ${event.exitStatus}${said}`
    }
    case "Outcome": {
      const doubt = event.possibleDuplicate ? " (possible duplicate)" : ""
      return `${at}  message ${event.message} <${printable(event.recipient)}> ${event.status}: ${event.text}${doubt}`
    }
    case "Called":
      return `${at}  ${printable(event.relay)}: ${event.result === "answered" ? "connected" : event.result}`
    case "Unavailable":
      return `${at}  ${printable(event.relay)} left alone until ${since(startAt, event.retryAt)}, ${event.waiting} waiting: ${printable(event.reason, 120)}`
    case "Reported":
      return `${at}  message ${event.message}: its sender is told`
    case "Buried":
      return `${at}  message ${event.message} kept among the dead: ${printable(event.reason, 120)}`
    case "Gone":
      return ""
  }
}

const unitOf = (spanMillis: number): { readonly millis: number; readonly name: string } => {
  if (spanMillis >= 2 * day) return { millis: day, name: "d" }
  return spanMillis >= 2 * hour ? { millis: hour, name: "h" } : { millis: minute, name: "m" }
}

interface Scale {
  readonly startAt: number
  readonly spanMillis: number
  readonly width: number
}

const columnOf = ({ spanMillis, startAt, width }: Scale, at: number): number =>
  Math.min(width - 1, Math.max(0, Math.floor(((at - startAt) / spanMillis) * width)))

const put = (row: string, column: number, text: string): string =>
  `${row.slice(0, column).padEnd(column)}${text}${row.slice(column + text.length)}`

const axis = (scale: Scale): string => {
  const unit = unitOf(scale.spanMillis)
  const units = Math.floor(scale.spanMillis / unit.millis)
  const step = Math.max(1, Math.ceil(units / Math.max(1, Math.floor(scale.width / 8))))
  let row = ""
  for (let mark = 0; mark <= units; mark += step) {
    const column = columnOf(scale, scale.startAt + mark * unit.millis)
    const text = `|${mark}${unit.name}`
    if (column + text.length <= scale.width) row = put(row, column, text)
  }
  return row.padEnd(scale.width)
}

const marks: Readonly<Record<Status, string>> = { deferred: "x", failed: "F", delivered: "D" }
const weight: Readonly<Record<string, number>> = { " ": 0, ".": 0, x: 1, D: 2, F: 3 }

const heavier = (one: string, other: string): string =>
  (weight[one] ?? 0) >= (weight[other] ?? 0) ? one : other

/** One character a moment: the weightiest thing that happened in it. */
const rowOf = (scale: Scale, moments: ReadonlyArray<readonly [at: number, mark: string]>): string => {
  const row = new Array<string>(scale.width).fill(" ")
  for (const [at, mark] of moments) {
    const column = columnOf(scale, at)
    row[column] = heavier(mark, row[column] ?? " ")
  }
  return row.join("")
}

/** More messages than these are shown together. */
const maxRows = 12

const density = (count: number): string => {
  if (count === 0) return " "
  return count < 10 ? String(count) : count < 100 ? "*" : "#"
}

const countsRow = (scale: Scale, times: ReadonlyArray<number>): string => {
  const counts = new Array<number>(scale.width).fill(0)
  for (const at of times) {
    const column = columnOf(scale, at)
    counts[column] = (counts[column] ?? 0) + 1
  }
  return counts.map(density).join("")
}

type Outcome = Extract<TimelineEvent, { _tag: "Outcome" }>

const messageRows = (scale: Scale, outcomes: ReadonlyArray<Outcome>, labels: ReadonlyArray<string>) =>
  labels.map((label): readonly [string, string] => [
    label,
    rowOf(
      scale,
      outcomes
        .filter(({ message }) => message === label)
        .map(({ at, status }) => [at, marks[status]] as const)
    )
  ])

const togetherRows = (scale: Scale, outcomes: ReadonlyArray<Outcome>) =>
  (["delivered", "deferred", "failed"] as const).map((status): readonly [string, string] => [
    status,
    countsRow(
      scale,
      outcomes.filter((outcome) => outcome.status === status).map(({ at }) => at)
    )
  ])

const labelWidth = 12

/** At least 40 columns are used, whatever the terminal has. */
export const chart = (
  startAt: number,
  endAt: number,
  events: ReadonlyArray<TimelineEvent>,
  columns: number
): ReadonlyArray<string> => {
  const width = Math.max(40, columns) - labelWidth - 2
  const scale: Scale = { startAt, spanMillis: Math.max(minute, endAt - startAt), width }
  const outcomes = events.filter((event): event is Outcome => event._tag === "Outcome")
  const labels = [...new Set(outcomes.map(({ message }) => message))]
  const isFew = labels.length <= maxRows
  const calls = events.flatMap((event) =>
    event._tag === "Called" ? [[event.at, event.result === "answered" ? "D" : "x"] as const] : []
  )
  const rows = [
    ["", axis(scale)] as const,
    ["connected", rowOf(scale, calls)] as const,
    ...(isFew ? messageRows(scale, outcomes, labels) : togetherRows(scale, outcomes))
  ]
  const legend = isFew
    ? "D delivered or connected, x try again later, F failed for good"
    : "outcomes in each moment: 1 to 9, * from 10, # from 100 on"
  return [
    ...rows.map(([label, row]) => `${label.slice(0, labelWidth).padEnd(labelWidth)}  ${row}`.trimEnd()),
    `${" ".repeat(labelWidth)}  ${legend}`
  ]
}

const standingLine = (
  startAt: number,
  { attempts, lastAt, message, recipient, status, text }: Standing
): string =>
  `message ${message} <${printable(recipient)}> ${status} at ${since(startAt, lastAt)} after ${plural(attempts, "attempt")}: ${text}`

/** More recipients than these are only counted. */
const maxStandings = 24

export const outcomeLines = (
  startAt: number,
  events: ReadonlyArray<TimelineEvent>
): ReadonlyArray<string> => {
  const all = standings(events)
  const worst = all.filter(({ status }) => status !== "delivered")
  const shown = (all.length <= maxStandings ? all : worst).slice(0, maxStandings)
  const hidden = all.length - shown.length
  return [
    ...shown.map((one) => standingLine(startAt, one)),
    ...(hidden > 0 ? [`and ${plural(hidden, "more recipient")}`] : [])
  ]
}

export const totalsLine = (totals: Totals): string =>
  [
    `${plural(totals.messages, "message")}: ${plural(totals.delivered, "recipient")} delivered`,
    `${totals.failed} failed`,
    `${totals.pending} still waited for`,
    plural(totals.connections, "connection"),
    ...(totals.reports > 0 ? [plural(totals.reports, "report")] : []),
    ...(totals.dead > 0 ? [`${totals.dead} among the dead`] : []),
    ...(totals.possibleDuplicates > 0 ? [plural(totals.possibleDuplicates, "possible duplicate")] : [])
  ].join(", ")

/** One object a line. Times ISO 8601 in UTC. */
export const jsonLine = (event: TimelineEvent): string => {
  const { _tag, at, ...facts } = event
  const iso = (millis: number) => new Date(millis).toISOString()
  return JSON.stringify({
    event: _tag.toLowerCase(),
    at: iso(at),
    ...facts,
    ...("retryAt" in facts && { retryAt: iso(facts.retryAt) }),
    ...("startedAt" in facts && { startedAt: iso(facts.startedAt) })
  })
}
