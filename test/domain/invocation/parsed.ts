/** Reads invocations for tests: what it is about, without what is always there. */
import { assert } from "@effect/vitest"
import * as Either from "effect/Either"
import type { CommonOptions, Invocation, SubmitRequest } from "../../../src/domain/invocation/Invocation.ts"
import { parse } from "../../../src/domain/invocation/SendmailArgv.ts"

export const noCommon: CommonOptions = { verbose: false, debugLevel: 0, trace: false }

export const noRequest: SubmitRequest = { recipientsFromHeader: false, ignoreDots: false, operands: [] }

/** An invocation, or the message of the usage error. */
export const outcome = (invokedAs: string, args: ReadonlyArray<string>): Invocation | string =>
  Either.match(parse(invokedAs, args), {
    onLeft: (error) => error.message,
    onRight: (invocation) => invocation
  })

export const submitted = (args: ReadonlyArray<string>, invokedAs = "sendmail"): SubmitRequest => {
  const invocation = outcome(invokedAs, args)
  if (typeof invocation === "string" || invocation._tag !== "Submit") {
    return assert.fail(`${invokedAs} ${args.join(" ")}: ${JSON.stringify(invocation)}`)
  }
  return invocation.request
}

export const usageMessage = (args: ReadonlyArray<string>, invokedAs = "sendmail"): string => {
  const invocation = outcome(invokedAs, args)
  return typeof invocation === "string"
    ? invocation
    : assert.fail(`${invokedAs} ${args.join(" ")} was understood: ${JSON.stringify(invocation)}`)
}
