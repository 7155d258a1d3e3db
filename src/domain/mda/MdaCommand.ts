/**
 * What is run to hand a message over, and what its end means.
 *
 * Source: esmtp: local.c; esmtprc(5) (`mda`, `force_mda`).
 */
import * as Either from "effect/Either"
import type { Settings } from "../config/Settings.ts"
import type { Receipt } from "../mail/Outcome.ts"
import { MdaFailed, type ProgramEnd } from "./MdaError.ts"
import { type Argv, displayText, type MdaTemplate, type MdaValues, parse, toArgv } from "./MdaTemplate.ts"
import { faultText } from "./ShellWords.ts"

export interface MdaCommand extends Argv {
  readonly display: string
  readonly values: MdaValues
}

/** `force_mda` stands for whomever the message is for. */
const valuesOf = (
  { forceMda }: Pick<Settings, "forceMda">,
  sender: string,
  recipients: ReadonlyArray<string>
): MdaValues => ({ sender, recipients: forceMda === undefined ? recipients : [forceMda] })

const argvOf = (template: MdaTemplate, values: MdaValues): Either.Either<MdaCommand, MdaFailed> => {
  const display = displayText(template, values)
  return Either.mapBoth(toArgv(template, values), {
    onLeft: ({ address, because }) =>
      new MdaFailed({ reason: "BadRecipient", command: display, detail: `<${address}> ${because}` }),
    onRight: (argv) => ({ ...argv, display, values })
  })
}

/** `NoMda`, `BadRecipient`, or `Failed` for a template that is no command. */
export const commandFor = (
  settings: Pick<Settings, "mda" | "forceMda">,
  sender: string,
  recipients: ReadonlyArray<string>
): Either.Either<MdaCommand, MdaFailed> => {
  const { mda } = settings
  if (mda === undefined) return Either.left(new MdaFailed({ reason: "NoMda" }))
  const unusable = (detail: string): MdaFailed =>
    new MdaFailed({ reason: "Failed", command: mda, end: { _tag: "NotStarted", detail } })
  return Either.flatMap(
    Either.mapLeft(parse(mda), (fault) => unusable(faultText(fault))),
    (template) => argvOf(template, valuesOf(settings, sender, recipients))
  )
}

/** Exit status 0 alone is a delivery. `output`: what it printed. */
export const receiptOf = (
  command: string,
  end: ProgramEnd,
  output: string
): Either.Either<Receipt, MdaFailed> => {
  if (end._tag === "Exited" && end.status === 0) return Either.right({ _tag: "DeliveredLocally", command })
  const printed = output === "" ? {} : { output }
  return Either.left(new MdaFailed({ reason: "Failed", command, end, ...printed }))
}
