/**
 * A command without values: `password_command`, `oauth2_token_command`. Run by its words; by a shell if it needs one.
 *
 * Source: POSIX.1-2017, Shell Command Language §2.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { type Argv, shellPath } from "./MdaTemplate.ts"
import { type CommandFault, checked, splitWords, textOf } from "./ShellWords.ts"

export const parseCommandLine = (text: string): Either.Either<Argv, CommandFault> =>
  Either.gen(function* () {
    const source = yield* checked(text)
    const words = yield* splitWords(source, "literal")
    if (Option.isNone(words)) return { file: shellPath, args: ["-c", source] }
    const [file = "", ...args] = words.value.map(textOf)
    return { file, args }
  })
