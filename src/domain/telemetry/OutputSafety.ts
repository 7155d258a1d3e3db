/**
 * Which files may take a transcript or a log: none through which it would go to somebody else.
 *
 * Source: open(2), stat(2); the rules of the spool (`queue`) for files that are already there. Deviation from C esmtp, which
 * appends to whatever has the name.
 */

export interface OutputFacts {
  /** `terminal`: that, or another device that takes characters, such as `/dev/null`. */
  readonly kind: "file" | "fifo" | "terminal" | "other"
  readonly uid: number
  readonly links: number
}

/** In words; absent if there is none. `uid`: ours. */
export const outputProblem = ({ kind, links, uid }: OutputFacts, ours: number): string | undefined => {
  if (kind === "terminal") return undefined
  if (kind === "other") return "is not a file"
  if (uid !== ours && uid !== 0) return "is somebody else's file"
  // Whoever made the other name chose the file that is written to.
  return kind === "file" && links !== 1 ? "is a file with more than one name" : undefined
}
