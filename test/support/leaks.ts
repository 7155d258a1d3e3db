/** Looks for a secret in everything that a program has said. */

/** Three octets in front and behind move the base64 of a secret to each alignment; what is sure to be in it stays. */
const base64Forms = (secret: string): ReadonlyArray<string> =>
  [0, 1, 2].map((before) => {
    const octets = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    const whole = octets.subarray(0, octets.length - (octets.length % 3))
    return whole.toString("base64").slice(Math.ceil((before * 4) / 3))
  })

/** Every form in which the secret, or what shows it, may appear. */
export const formsOf = (secret: string): ReadonlyArray<string> => [
  secret,
  ...base64Forms(secret),
  Buffer.from(secret).toString("hex"),
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1)
]

/** The forms of `secret` that are in one of `texts`. */
export const leaksOf = (secret: string, ...texts: ReadonlyArray<string>): ReadonlyArray<string> =>
  formsOf(secret).filter((form) => texts.some((text) => text.includes(form)))
