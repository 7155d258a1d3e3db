/** Scripts of sessions up to a transaction. */

/** A session without TLS and AUTH, whose server has these extensions. */
export const ready = (...extensions: ReadonlyArray<string>): ReadonlyArray<string> => {
  const lines = ["hello", ...extensions]
  return [
    "S: 220 hi",
    "C: EHLO me.example",
    ...lines.map((line, index) => `S: 250${index === lines.length - 1 ? " " : "-"}${line}`),
    "= Ready",
    "! deliver"
  ]
}

export const mailLine = "C: MAIL FROM:<me@x.example>"

export const rcptLines = (names: string): ReadonlyArray<string> =>
  names.split(" ").map((name) => `C: RCPT TO:<${name}@x.example>`)
