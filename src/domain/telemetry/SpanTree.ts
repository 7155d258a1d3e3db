/** The tree of `--trace`: what each stage took, and what is known of it. */
import { printable } from "./Printable.ts"

export interface RecordedSpan {
  readonly id: string
  /** Absent, or not among the recorded: a root. */
  readonly parentId?: string
  readonly name: string
  readonly startNanos: bigint
  /** Absent: it had not ended. */
  readonly endNanos?: bigint
  readonly attributes: ReadonlyMap<string, unknown>
  readonly failed: boolean
}

const nanosPerMilli = 1_000_000

const millis = (nanos: bigint): string => `${(Number(nanos) / nanosPerMilli).toFixed(1)} ms`

const duration = ({ startNanos, endNanos }: RecordedSpan): string =>
  endNanos === undefined ? "unfinished" : millis(endNanos - startNanos)

const attributeText = (value: unknown): string => {
  switch (typeof value) {
    case "string":
      return value
    case "number":
    case "boolean":
    case "bigint":
      return String(value)
    default:
      return JSON.stringify(value) ?? ""
  }
}

/** Where a span stands in the source is of use to a developer's collector, not to a reader of a tree. */
const isShown = (name: string): boolean => !name.startsWith("code.")

const attributesText = (attributes: ReadonlyMap<string, unknown>): string =>
  [...attributes]
    .filter(([name]) => isShown(name))
    .map(([name, value]) => ` ${name}=${printable(attributeText(value), 120)}`)
    .join("")

interface Branch {
  readonly span: RecordedSpan
  readonly lead: string
  readonly childLead: string
}

const nameColumn = 44

const line = ({ span, lead }: Branch, origin: bigint): string => {
  const name = `${lead}${printable(span.name, 80)}${span.failed ? " (failed)" : ""}`
  const at = `+${millis(span.startNanos - origin)}`
  return `${name.padEnd(nameColumn)} ${at.padStart(12)} ${duration(span).padStart(12)}${attributesText(span.attributes)}`
}

const byStart = (one: RecordedSpan, other: RecordedSpan): number => {
  if (one.startNanos === other.startNanos) return 0
  return one.startNanos < other.startNanos ? -1 : 1
}

/** Lines without line ends: name, start, duration, attributes; children below their parent in the order they began. */
export const spanTreeLines = (spans: ReadonlyArray<RecordedSpan>): ReadonlyArray<string> => {
  const known = new Set(spans.map(({ id }) => id))
  const children = new Map<string, Array<RecordedSpan>>()
  const roots: Array<RecordedSpan> = []
  for (const span of spans.slice().sort(byStart)) {
    if (span.parentId === undefined || !known.has(span.parentId)) roots.push(span)
    else children.set(span.parentId, [...(children.get(span.parentId) ?? []), span])
  }
  const origin = roots[0]?.startNanos ?? 0n
  const lines: Array<string> = []
  const draw = (branch: Branch): void => {
    lines.push(line(branch, origin))
    const below = children.get(branch.span.id) ?? []
    for (const [index, span] of below.entries()) {
      const isLast = index === below.length - 1
      const { childLead } = branch
      draw({
        span,
        lead: `${childLead}${isLast ? "└─ " : "├─ "}`,
        childLead: `${childLead}${isLast ? "   " : "│  "}`
      })
    }
  }
  for (const span of roots) draw({ span, lead: "", childLead: "" })
  return lines
}
