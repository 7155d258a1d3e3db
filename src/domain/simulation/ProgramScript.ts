/** What simulated programs do: the MDA, the hooks, the commands that tell secrets. */
import type { ProgramEnd } from "../mda/MdaError.ts"
import { matches } from "./Glob.ts"
import { isWithin, type Window } from "./RelayScript.ts"

/**
 * How a run ends. Of several rules that fit the first counts; where none does, the program ends with status 0.
 * `after` and `times` count the runs that fit the other conditions.
 */
export interface ProgramRule extends Window {
  /** With `*` for anything: one of the MDA's recipients, or the command of a hook. */
  readonly matching?: string
  readonly after?: number
  readonly times?: number
  readonly delayMillis?: number
  /** Default: exit status 0. */
  readonly end?: ProgramEnd
  readonly prints?: string
  /** The MDA leaves the message unread. */
  readonly isNotReading?: boolean
}

export type ProgramScript = ReadonlyArray<ProgramRule>

export interface ProgramState {
  readonly script: ProgramScript
  readonly uses: ReadonlyArray<number>
}

export const make = (script: ProgramScript): ProgramState => ({ script, uses: script.map(() => 0) })

export interface ProgramRun {
  readonly state: ProgramState
  readonly rule: ProgramRule
}

const fits = (rule: ProgramRule, texts: ReadonlyArray<string>, now: number): boolean => {
  const { matching } = rule
  return isWithin(rule, now) && (matching === undefined || texts.some((text) => matches(matching, text)))
}

/** One run, and the state in which it is counted. */
export const run = (
  { script, uses }: ProgramState,
  texts: ReadonlyArray<string>,
  now: number
): ProgramRun => {
  let chosen: ProgramRule | undefined
  const counted = uses.map((count, index) => {
    const rule = script[index]
    if (rule === undefined || !fits(rule, texts, now)) return count
    const { after = 0, times = Number.POSITIVE_INFINITY } = rule
    if (count >= after && count < after + times) chosen ??= rule
    return count + 1
  })
  return { state: { script, uses: counted }, rule: chosen ?? {} }
}

export const endOf = ({ end }: ProgramRule): ProgramEnd => end ?? { _tag: "Exited", status: 0 }
