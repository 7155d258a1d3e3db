/**
 * The `mda` command: `%T` becomes the recipients, `%F` the reverse-path, and neither can ever become code.
 *
 * A template is split once into words and run without a shell, each value a whole argument. One that needs a shell gets
 * the values as positional parameters (`ShellScript.ts`). A value inside other text, or handed to a program that parses
 * its arguments as code, must be plain.
 *
 * Source: esmtp: local.c, esmtprc(5) (`mda`, `force_mda`); postfix: pipe(8), local(8) (`allow_min_user`).
 * Deviations: values keep their `'`, which esmtp turns into `_`; recipients keep their order; `%s`, which esmtp leaves
 * alone, means `%T` where it is a word of its own and the template has no `%T`.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type UnfitAddress, unfit } from "./AddressArgument.ts"
import { rewriteForShell, type ShellScript } from "./ShellScript.ts"
import {
  type CommandFault,
  checked,
  isOptionLike,
  type Segment,
  splitWords,
  textOf,
  type Word
} from "./ShellWords.ts"

export interface MdaTemplate {
  /** As written in the configuration. */
  readonly source: string
  readonly form:
    | { readonly _tag: "Program"; readonly words: ReadonlyArray<Word> }
    | { readonly _tag: "Shell"; readonly script: string }
  /** Values may only have characters that mean nothing to a shell and lead into no other directory. */
  readonly plainValues: boolean
}

export interface MdaValues {
  /** Empty: the null sender. */
  readonly sender: string
  readonly recipients: ReadonlyArray<string>
}

/** A program and its arguments, as the system takes them. */
export interface Argv {
  readonly file: string
  readonly args: ReadonlyArray<string>
}

export const shellPath = "/bin/sh"

/** Programs that parse their arguments as code once more: values in them are never free. */
const reparses = (source: string): boolean =>
  /(?:^|[\s;&|(`"'])(?:[^\s"']*\/)?(?:eval|ssh|rsh)(?=[\s"'])/.test(source) ||
  /(?:^|[\s;&|(`"'/])(?:(?:ba|da|a|k|mk|z|fi)?sh|su|runuser)\s(?:.*\s)?-\w*c(?=[\s"'])/s.test(source)

/** A value is, or ends, what stands where a program is named: it may be no path. An assignment names none. */
const namesProgram = (source: string): boolean => /(?:^|[|;&({!`\n])[ \t]*[^\s|;&<>()`=]*%[TF]/.test(source)

const hasValue = (word: Word): boolean => word.some(({ _tag }) => _tag !== "Text")

const embedsValue = (word: Word): boolean => hasValue(word) && !isOptionLike(textOf(word))

const isLegacyPlace = (word: Word): boolean => !hasValue(word) && textOf(word) === "%s"

const withLegacyPlaces = (words: ReadonlyArray<Word>): ReadonlyArray<Word> =>
  words.flat().some(({ _tag }) => _tag === "Recipients")
    ? words
    : words.map((word): Word => (isLegacyPlace(word) ? [{ _tag: "Recipients" }] : word))

const ofWords = (source: string, words: ReadonlyArray<Word>): MdaTemplate => ({
  source,
  form: { _tag: "Program", words: withLegacyPlaces(words) },
  plainValues: reparses(source) || namesProgram(source) || words.some(embedsValue)
})

const ofScript = (source: string, { script, embedsValues }: ShellScript): MdaTemplate => ({
  source,
  form: { _tag: "Shell", script },
  plainValues: reparses(source) || namesProgram(source) || embedsValues
})

export const parse = (text: string): Either.Either<MdaTemplate, CommandFault> =>
  Either.gen(function* () {
    const source = yield* checked(text)
    if (/^[\s"'\\]*%[TF]/.test(source)) return yield* Either.left("ProgramFromAddress" as const)
    const words = yield* splitWords(source, "places")
    if (Option.isSome(words)) return ofWords(source, words.value)
    return ofScript(source, yield* rewriteForShell(source))
  })

const uses = ({ source, form }: MdaTemplate, place: "Recipients" | "Sender"): boolean =>
  form._tag === "Program"
    ? form.words.flat().some(({ _tag }) => _tag === place)
    : source.includes(place === "Recipients" ? "%T" : "%F")

/** The first value of those used that may not stand in this command. */
const firstUnfit = (template: MdaTemplate, values: MdaValues): Option.Option<UnfitAddress> => {
  const recipients = uses(template, "Recipients") ? values.recipients : []
  const sender = uses(template, "Sender") && values.sender !== "" ? [values.sender] : []
  return Option.firstSomeOf([...recipients, ...sender].map((value) => unfit(value, template.plainValues)))
}

/** Several recipients become several arguments, as with `"$@"`; inside other text they are joined, as with `"$*"`. */
const expandSegment = (segment: Segment, values: MdaValues, isJoined: boolean): ReadonlyArray<string> => {
  switch (segment._tag) {
    case "Text":
      return [segment.text]
    case "Sender":
      return [values.sender]
    case "Recipients":
      return isJoined ? [values.recipients.join(" ")] : values.recipients
  }
}

const expandWord = (word: Word, values: MdaValues): ReadonlyArray<string> =>
  word
    .map((segment) => expandSegment(segment, values, embedsValue(word)))
    .reduce<ReadonlyArray<string>>(
      (done, [first = "", ...rest]) => [...done.slice(0, -1), (done.at(-1) ?? "") + first, ...rest],
      [""]
    )

/** The command for one message. */
export const toArgv = (template: MdaTemplate, values: MdaValues): Either.Either<Argv, UnfitAddress> => {
  const unfitValue = firstUnfit(template, values)
  if (Option.isSome(unfitValue)) return Either.left(unfitValue.value)
  if (template.form._tag === "Shell") {
    const parameters = ["esmtp", values.sender, ...values.recipients]
    return Either.right({ file: shellPath, args: ["-c", template.form.script, ...parameters] })
  }
  const [file = "", ...args] = template.form.words.flatMap((word) => expandWord(word, values))
  return Either.right({ file, args })
}

const quoted = (value: string): string => `'${value.replaceAll("'", "'\\''")}'`

/** For people: as esmtp would have run it. Never run. */
export const displayText = ({ source }: MdaTemplate, values: MdaValues): string =>
  source
    .replaceAll("%T", () => values.recipients.map(quoted).join(" "))
    .replaceAll("%F", () => quoted(values.sender))
