/** What is wrong with a text that should hold addresses. */
import { printable } from "../telemetry/Printable.ts"
import { MessageError } from "./MessageError.ts"

export interface AddressProblem {
  /**
   * `note`: broken, and still there is only one way to read it. `fault`: an address may be missing among those found, or
   * be wrong; a message must not be sent to the rest as if nothing had happened.
   */
  readonly severity: "note" | "fault"
  /** Where, in UTF-16 units from the start of the text. */
  readonly position: number
  /** The part concerned, printable and short. */
  readonly found: string
  readonly detail: string
}

const foundCharacters = 80

export const addressProblem = (
  severity: AddressProblem["severity"],
  position: number,
  found: string,
  detail: string
): AddressProblem => ({ severity, position, found: printable(found, foundCharacters), detail })

/** `where`: the field, or `recipient`, `sender`. */
export const badAddress = (where: string, problem: AddressProblem): MessageError =>
  new MessageError({ reason: "BadAddress", subject: `${where} "${problem.found}"`, detail: problem.detail })
