/**
 * What a command line in sendmail syntax asks for.
 *
 * Source: esmtp: main.c; sendmail 8.17 main.c; sendmail(1) of Postfix, OpenSMTPD, dma and Exim.
 * Deviations from esmtp: `-V` does not fall into `-b`; `-d`, `-q` and `-T` never take the next argument; `-F`, `-O` and
 * `-q…` work; recipients beside `-q`, `-bp` or `-bi` are an error, as their message would be lost.
 */
import * as Either from "effect/Either"
import { printable } from "../telemetry/Printable.ts"
import { addressText, usageError, withoutControls } from "./ArgumentText.ts"
import { type CommonArguments, commonOptions, noCommonArguments, withCommon } from "./CommonArguments.ts"
import { parseBody, parseEnvid, parseNotify, parseRet } from "./DsnArguments.ts"
import type { OptionToken, Token } from "./Getopt.ts"
import type { Invocation, SubmitRequest } from "./Invocation.ts"
import { type OperationMode, parseMode } from "./OperationMode.ts"
import { noQueueRunFlags, parseQueueRun, type QueueRunFlags } from "./QueueRunArgument.ts"
import { effectOf } from "./SendmailFlags.ts"
import { parseLetterOption, parseNamedOption, type SetOption } from "./SetOption.ts"
import type { UsageError } from "./UsageError.ts"

/** What the name of the command means before any flag is read. `mailq`: a list, unless a bare `-q` makes it a run. */
export type DefaultMode = "submit" | "explain" | "mailq" | "newaliases"

interface Draft {
  readonly mode: Exclude<OperationMode, "queue"> | "mailq"
  readonly queueRun?: QueueRunFlags
  readonly common: CommonArguments
  readonly request: Omit<SubmitRequest, "operands">
  readonly json: boolean
  readonly foreground: boolean
}

const blank = (mode: DefaultMode): Draft => ({
  mode,
  common: noCommonArguments,
  request: { recipientsFromHeader: false, ignoreDots: false },
  json: false,
  foreground: false
})

type Step = Either.Either<Draft, UsageError>

const requesting = (draft: Draft, more: Partial<Omit<SubmitRequest, "operands">>): Draft => ({
  ...draft,
  request: { ...draft.request, ...more }
})

const withMode = (draft: Draft, mode: OperationMode): Draft =>
  mode === "queue" ? requesting({ ...draft, mode: "submit" }, { deliveryMode: "queue" }) : { ...draft, mode }

const withSetOption = (draft: Draft, option: SetOption): Draft => {
  switch (option._tag) {
    case "DeliveryMode":
      return requesting(draft, { deliveryMode: option.mode })
    case "IgnoreDots":
      return requesting(draft, { ignoreDots: option.value })
    case "Verbose":
      return { ...draft, common: { ...draft.common, verbose: option.value } }
    case "Ignored":
      return draft
  }
}

/** dma has a `-D` without argument: there the next argument is a recipient, and must not vanish. */
const debugFile = (draft: Draft, value: string, isAttached: boolean): Step =>
  !isAttached && value.includes("@")
    ? Either.left(usageError(value, `option -D needs a file name, not ${printable(value)}`))
    : Either.right(draft)

const withEnvid = (draft: Draft, envid: string | undefined): Draft => {
  const { envid: _replaced, ...request } = draft.request
  return { ...draft, request: envid === undefined ? request : { ...request, envid } }
}

const apply = (draft: Draft, { name, value, isAttached }: OptionToken): Step => {
  const text = value ?? ""
  const common = withCommon(draft.common, name, value)
  if (common !== undefined) return Either.right({ ...draft, common })
  if (name === "json") return Either.right({ ...draft, json: true })
  if (name === "foreground") return Either.right({ ...draft, foreground: true })
  switch (effectOf.get(name)) {
    case "mode":
      return Either.map(parseMode(text), (mode) => withMode(draft, mode))
    case "newAliases":
      return Either.right(withMode(draft, "newaliases"))
    case "queueRun":
      return Either.map(parseQueueRun(draft.queueRun ?? noQueueRunFlags, value), (queueRun) => ({
        ...draft,
        queueRun
      }))
    case "sender":
      return Either.map(addressText(`-${name}`, text), (sender) => requesting(draft, { sender }))
    case "fullName":
      return Either.map(withoutControls("-F", text), (fullName) => requesting(draft, { fullName }))
    case "recipientsFromHeader":
      return Either.right(requesting(draft, { recipientsFromHeader: true }))
    case "ignoreDots":
      return Either.right(requesting(draft, { ignoreDots: true }))
    case "body":
      return Either.map(parseBody(text), (body) => requesting(draft, { body }))
    case "notify":
      return Either.map(parseNotify(text, draft.request.notify), (notify) => requesting(draft, { notify }))
    case "ret":
      return Either.map(parseRet(text), (ret) => requesting(draft, { ret }))
    case "envid":
      return Either.map(parseEnvid(text), (envid) => withEnvid(draft, envid))
    case "option":
      return Either.map(parseLetterOption(text), (option) => withSetOption(draft, option))
    case "longOption":
      return Either.map(parseNamedOption(text), (option) => withSetOption(draft, option))
    case "debugFile":
      return debugFile(draft, text, isAttached)
    case "unsupported":
      return Either.left(usageError(`-${name}`, `Unsupported option -${name}`))
    default:
      return Either.right(draft)
  }
}

const withoutRecipients = (
  what: string,
  { request }: Draft,
  operands: ReadonlyArray<string>,
  invocation: Invocation
): Either.Either<Invocation, UsageError> => {
  const given = operands[0] ?? (request.recipientsFromHeader ? "-t" : undefined)
  return given === undefined
    ? Either.right(invocation)
    : Either.left(usageError(given, `${what} takes no recipients: ${printable(given)}`))
}

const listing = (draft: Draft, operands: ReadonlyArray<string>): Either.Either<Invocation, UsageError> =>
  Either.flatMap(commonOptions(draft.common), (common) => {
    const filters = draft.queueRun?.filters ?? []
    return withoutRecipients("listing the queue", draft, operands, {
      _tag: "ListQueue",
      common,
      json: draft.json,
      ...(filters.length === 0 ? {} : { filters })
    })
  })

const running = (
  draft: Draft,
  { filters, repeat }: QueueRunFlags,
  operands: ReadonlyArray<string>
): Either.Either<Invocation, UsageError> =>
  Either.flatMap(commonOptions(draft.common), (common) =>
    withoutRecipients("running the queue", draft, operands, {
      _tag: "RunQueue",
      common,
      request: {
        ids: [],
        filters,
        // A person's `-q` ignores the backoff, the automatic run of `-q30m` obeys it.
        onlyDue: repeat !== undefined && repeat !== "schedule",
        json: draft.json,
        ...(draft.mode === "submit" && !common.verbose ? { quiet: true } : {}),
        ...(repeat === undefined ? {} : { repeat }),
        ...(repeat !== undefined && draft.mode === "submit" && !draft.foreground ? { background: true } : {})
      }
    })
  )

const submitting = (draft: Draft, operands: ReadonlyArray<string>): Either.Either<Invocation, UsageError> =>
  Either.flatMap(commonOptions(draft.common), (common): Either.Either<Invocation, UsageError> => {
    const request = { ...draft.request, operands }
    if (draft.mode === "explain") {
      return Either.right({ _tag: "Explain", common, request, json: draft.json })
    }
    return operands.length === 0 && !request.recipientsFromHeader
      ? Either.left(usageError("", "Recipient names must be specified"))
      : Either.right({ _tag: "Submit", common, request })
  })

/** Standard output belongs to the dialogue, so `-v` has nowhere to speak. */
const receiving = (draft: Draft, operands: ReadonlyArray<string>): Either.Either<Invocation, UsageError> =>
  Either.flatMap(commonOptions({ ...draft.common, verbose: false }), (common) =>
    withoutRecipients("SMTP on standard input", draft, operands, {
      _tag: "Receive",
      common,
      request: { ...draft.request, operands: [] }
    })
  )

const finish = (draft: Draft, operands: ReadonlyArray<string>): Either.Either<Invocation, UsageError> => {
  const { mode, queueRun } = draft
  switch (mode) {
    case "list":
      return listing(draft, operands)
    case "mailq":
      return queueRun === undefined || queueRun.filters.length > 0
        ? listing(draft, operands)
        : running(draft, queueRun, operands)
    case "submit":
      return queueRun === undefined ? submitting(draft, operands) : running(draft, queueRun, operands)
    case "explain":
      return queueRun === undefined
        ? submitting(draft, operands)
        : Either.left(usageError("-q", "Can not use -q with -bv"))
    case "smtp":
      return queueRun === undefined
        ? receiving(draft, operands)
        : Either.left(usageError("-q", "Can not use -q with -bs"))
    case "newaliases":
      return queueRun === undefined
        ? withoutRecipients("building aliases", draft, operands, { _tag: "NewAliases" })
        : Either.left(usageError("-q", "Can not use -q with -bi"))
  }
}

/** Judges the tokens in their order, so that the first mistake is the one told. Fails with the only error there is: 64. */
export const parseSendmail = (
  tokens: ReadonlyArray<Token>,
  mode: DefaultMode
): Either.Either<Invocation, UsageError> => {
  const operands: Array<string> = []
  let draft = blank(mode)
  for (const token of tokens) {
    if (token._tag === "Problem") return Either.left(token.error)
    if (token._tag === "Operand") {
      const operand = addressText("recipient", token.text)
      if (Either.isLeft(operand)) return Either.left(operand.left)
      operands.push(operand.right)
      continue
    }
    const next = apply(draft, token)
    if (Either.isLeft(next)) return Either.left(next.left)
    draft = next.right
  }
  return finish(draft, operands)
}
