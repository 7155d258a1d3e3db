/**
 * Intervals as sendmail writes them: `30m`, `1h30m`, `1d`; a number without unit is minutes.
 *
 * Source: sendmail 8.17 conf.c (`convtime`), Bat Book §11.8.
 */
import * as Option from "effect/Option"

const unitMillis: ReadonlyMap<string, number> = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
  ["w", 604_800_000]
])

/** The longest wait that a timer of this runtime can keep. */
export const maxIntervalMillis = 2 ** 31 - 1

/** None for anything else, and for an interval longer than `maxIntervalMillis`. */
export const parseInterval = (text: string): Option.Option<number> => {
  if (!/^(?:[0-9]+[smhdw])*(?:[0-9]+[smhdw]?)$/i.test(text)) return Option.none()
  let millis = 0
  for (const [, digits = "", unit = ""] of text.matchAll(/([0-9]+)([smhdw]?)/gi)) {
    millis += Number(digits) * (unitMillis.get(unit.toLowerCase()) ?? 60_000)
  }
  return millis <= maxIntervalMillis ? Option.some(millis) : Option.none()
}
