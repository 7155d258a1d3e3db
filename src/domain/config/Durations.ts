/** Durations as users write them: a number with `ms`, `s`, `m`, `h` or `d`. */
import * as Option from "effect/Option"

const unitMillis: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000
}

const longestMillis = 366 * 86_400_000

/** Whole milliseconds, from one to a year; anything else gives none. */
export const durationMillis = (text: string): Option.Option<number> => {
  const [, number, unit] = /^([0-9]{1,12}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)$/i.exec(text.trim()) ?? []
  const millis = Math.round(Number(number) * (unitMillis[unit?.toLowerCase() ?? ""] ?? Number.NaN))
  return millis >= 1 && millis <= longestMillis ? Option.some(millis) : Option.none()
}
