/**
 * From the name that esmtp was called by, and its arguments, to what is asked for.
 *
 * Source: esmtp: main.c; esmtp-wrapper.
 * Deviation: the name is the last part of the path; C esmtp compares the whole path, so that `/usr/bin/mailq` sent mail.
 */
import * as Either from "effect/Either"
import { usageError } from "./ArgumentText.ts"
import { scan } from "./Getopt.ts"
import type { Invocation } from "./Invocation.ts"
import { sendmailTable } from "./SendmailFlags.ts"
import { type DefaultMode, parseSendmail } from "./SendmailSyntax.ts"
import { isSubcommand, parseDeliver, parseMailq, parseSubcommand } from "./SubcommandArgv.ts"
import type { UsageError } from "./UsageError.ts"

/** `/usr/sbin/sendmail` and `dist/sendmail.mjs` are both `sendmail`. */
export const programName = (invokedAs: string): string =>
  invokedAs.slice(invokedAs.lastIndexOf("/") + 1).replace(/\.[cm]?js$/, "")

/** sendmail has no long options; who tries one that is not ours either looks for help. */
const seeManual = (error: UsageError): UsageError =>
  error.argument?.startsWith("--") === true
    ? usageError(error.argument, `${error.detail} (see sendmail(1) and 'esmtp --help')`)
    : error

const sendmail = (args: ReadonlyArray<string>, mode: DefaultMode): Either.Either<Invocation, UsageError> =>
  Either.mapLeft(parseSendmail(scan(sendmailTable(), args), mode), seeManual)

/** Total, and without any I/O. An unknown name is a sendmail. */
export const parse = (
  invokedAs: string,
  args: ReadonlyArray<string>
): Either.Either<Invocation, UsageError> => {
  switch (programName(invokedAs)) {
    case "mailq":
      return parseMailq(args)
    case "deliver":
      return parseDeliver(args)
    case "newaliases":
      return sendmail(args, "newaliases")
    case "esmtp":
      return isSubcommand(args[0]) ? parseSubcommand(args) : sendmail(args, "submit")
    default:
      return sendmail(args, "submit")
  }
}
