/** Durations of scenario files: one unit or several, as in `90s`, `15m`, `1d12h`. */

const unitMillis: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000
}

/** Of a text that the form has admitted. */
export const millisOf = (text: string): number => {
  let sum = 0
  for (const [, number, unit = ""] of text.matchAll(/([0-9.]+)(ms|s|m|h|d)/g)) {
    sum += Number(number) * (unitMillis[unit] ?? 0)
  }
  return Math.round(sum)
}
