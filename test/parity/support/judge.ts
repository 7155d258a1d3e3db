/** Judges the answers of both programs by what a case allows. */
import { assert } from "@effect/vitest"
import type { Aspect, Observation, ParityCase } from "./ParityCase.ts"
import type { Answers } from "./runCase.ts"

const aspects: ReadonlyArray<Aspect> = [
  "status",
  "envelopes",
  "messages",
  "mda",
  "commands",
  "stdout",
  "hooks",
  "transcript",
  "complains"
]

/** Default messages of assertions don't tell which aspect it was, nor what the programs said. */
const report = (aspect: Aspect, what: string, { stderr }: Answers): string =>
  `${aspect}: ${what}\nC said: ${stderr.c}\nours said: ${stderr.ours}`

const assertSame = (aspect: Aspect, actual: unknown, expected: unknown, message: string): void => {
  assert.deepStrictEqual({ [aspect]: actual }, { [aspect]: expected }, message)
}

const sentAnything = ({ mda, messages }: Observation): boolean => messages.length > 0 || mda.length > 0

/** Keeps a case from comparing nothing with nothing. */
const judgeC = ({ differs, nothingSent, status = 0 }: ParityCase, answers: Answers): void => {
  const { c } = answers
  if (differs?.c.status === undefined)
    assertSame("status", c.status, status, report("status", "C esmtp itself", answers))
  if (differs?.c.messages === undefined && differs?.c.mda === undefined) {
    assert.strictEqual(
      !sentAnything(c),
      nothingSent === true,
      report("messages", "did C esmtp send nothing?", answers)
    )
  }
}

/** Throws where an answer is not as the case allows. */
export const judge = (parityCase: ParityCase, answers: Answers): void => {
  const { c, ours } = answers
  const { differs } = parityCase
  judgeC(parityCase, answers)
  if (differs !== undefined) assert.notDeepEqual(differs.ours, differs.c, "a difference that is none")
  for (const aspect of aspects) {
    if (differs === undefined || !(aspect in differs.c || aspect in differs.ours)) {
      assertSame(aspect, ours[aspect], c[aspect], report(aspect, "ours is not as C's", answers))
      continue
    }
    assertSame(aspect, c[aspect], differs.c[aspect], report(aspect, "C's is not as the case says", answers))
    assertSame(aspect, ours[aspect], differs.ours[aspect], report(aspect, "ours is not as it says", answers))
  }
}

/** The reason stands in the name of the test, so that the list of tests is the list of differences. */
export const title = ({ differs, name }: ParityCase): string =>
  differs === undefined ? `${name}: the same` : `${name}: differs, ${differs.because}`
