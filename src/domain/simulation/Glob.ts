/** Patterns of hosts and addresses: `*` stands for anything, the rest for itself in either case. */

/** Pieces between the stars have to follow one another; no backtracking beyond that. */
export const matches = (pattern: string, text: string): boolean => {
  const [first = "", ...rest] = pattern.toLowerCase().split("*")
  const subject = text.toLowerCase()
  const last = rest.pop()
  if (last === undefined) return subject === first
  if (!subject.startsWith(first) || subject.length < first.length + last.length) return false
  let at = first.length
  for (const piece of rest) {
    const found = subject.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= subject.length - last.length && subject.endsWith(last)
}
