/**
 * What a simulated relay remembers across its connections, and what its script says of a moment.
 *
 * A value: the same script, seed and history give the same answers.
 */
import { matches } from "./Glob.ts"
import { isWithin, outageAt, type RelayScript, type Rule, type RuleStage } from "./RelayScript.ts"
import * as SeededRandom from "./SeededRandom.ts"

export interface RelayState {
  readonly script: RelayScript
  readonly random: number
  /** For each rule, how many uses fitted its conditions. */
  readonly uses: ReadonlyArray<number>
  readonly openSessions: number
  /** When messages were taken, as far back as the rate limit looks. */
  readonly takenAt: ReadonlyArray<number>
  /** Sender and recipient, and when they first came. */
  readonly greylist: ReadonlyMap<string, number>
}

export const make = (script: RelayScript, seed: number): RelayState => ({
  script,
  random: SeededRandom.initial(seed),
  uses: script.rules.map(() => 0),
  openSessions: 0,
  takenAt: [],
  greylist: new Map()
})

/** One use of a stage. */
export interface Use {
  readonly at: RuleStage
  readonly sender?: string
  readonly recipients?: ReadonlyArray<string>
}

const fitsPattern = (pattern: string | undefined, texts: ReadonlyArray<string>): boolean =>
  pattern === undefined || texts.some((text) => matches(pattern, text))

const fits = (rule: Rule, { at, sender, recipients = [] }: Use, now: number): boolean =>
  rule.at === at &&
  isWithin(rule, now) &&
  fitsPattern(rule.sender, sender === undefined ? [] : [sender]) &&
  fitsPattern(rule.recipient, recipients)

export interface Ruled {
  readonly relay: RelayState
  /** Absent: no rule says anything. */
  readonly rule?: Rule
}

/** Which rule decides, and the state in which this use is counted. */
export const rule = (relay: RelayState, use: Use, now: number): Ruled => {
  const { rules } = relay.script
  let chosen: Rule | undefined
  let { random } = relay
  const uses = relay.uses.map((count, index) => {
    const one = rules[index]
    if (one === undefined || !fits(one, use, now)) return count
    const { after = 0, times = Number.POSITIVE_INFINITY, chance = 1 } = one
    if (chosen === undefined && count >= after && count < after + times) {
      const drawn = chance < 1 ? SeededRandom.draw(random) : { value: 0, state: random }
      random = drawn.state
      if (drawn.value < chance) chosen = one
    }
    return count + 1
  })
  const after = { ...relay, uses, random }
  return chosen === undefined ? { relay: after } : { relay: after, rule: chosen }
}

/** A line that falls into an outage is cut, or no longer answered; the name of a host is of no concern to it. */
export const isCutOff = ({ script }: RelayState, now: number): boolean => {
  const kind = outageAt(script, now)?.kind
  return kind === "refused" || kind === "silent" || kind === "unreachable"
}

export const isOverRate = ({ script, takenAt }: RelayState, now: number): boolean => {
  const { rate } = script.limits
  return rate !== undefined && takenAt.filter((at) => at > now - rate.perMillis).length >= rate.messages
}

export const taken = (relay: RelayState, now: number): RelayState => {
  const { rate } = relay.script.limits
  if (rate === undefined) return relay
  return { ...relay, takenAt: [...relay.takenAt.filter((at) => at > now - rate.perMillis), now] }
}

/** Whether these two have waited long enough, and the state in which they are known. */
export const greylisted = (
  relay: RelayState,
  sender: string,
  recipient: string,
  now: number
): { readonly relay: RelayState; readonly mustWait: boolean } => {
  const { greylistMillis } = relay.script
  if (greylistMillis === undefined) return { relay, mustWait: false }
  const key = `${sender.toLowerCase()} ${recipient.toLowerCase()}`
  const since = relay.greylist.get(key)
  return since === undefined
    ? { relay: { ...relay, greylist: new Map([...relay.greylist, [key, now]]) }, mustWait: true }
    : { relay, mustWait: now - since < greylistMillis }
}
