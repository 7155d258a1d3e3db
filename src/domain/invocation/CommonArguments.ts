/**
 * The options that hold for every mode and every subcommand: `-C -v -X -d -L`, `--trace`.
 *
 * Source: esmtp: main.c; sendmail(8) (`-d`, `-L`).
 */
import * as Either from "effect/Either"
import { fileName, withoutControls } from "./ArgumentText.ts"
import type { CommonOptions } from "./Invocation.ts"
import type { UsageError } from "./UsageError.ts"

/** As written. */
export interface CommonArguments {
  readonly config?: string
  readonly transcript?: string
  readonly logTag?: string
  /** `""` for a bare `-d`. */
  readonly debug?: string
  readonly verbose: boolean
  readonly trace: boolean
}

export const noCommonArguments: CommonArguments = { verbose: false, trace: false }

/** `3` is a level; sendmail's `21.12`, `0-99.1` and Exim's `+all` just ask for some debugging. */
const debugLevel = (value: string | undefined): number => {
  if (value === undefined) return 0
  return /^[0-9]{1,2}$/.test(value) ? Number(value) : 1
}

/** Where sendmail cuts a tag. */
const logTagLength = 32

const cut = (tag: string): string => Array.from(tag).slice(0, logTagLength).join("")

export const commonOptions = (given: CommonArguments): Either.Either<CommonOptions, UsageError> =>
  Either.gen(function* () {
    const level = debugLevel(given.debug)
    return {
      verbose: given.verbose,
      debugLevel: level,
      trace: given.trace || level > 0,
      ...(given.config === undefined ? {} : { configPath: yield* fileName("-C", given.config) }),
      ...(given.transcript === undefined ? {} : { transcriptPath: yield* fileName("-X", given.transcript) }),
      ...(given.logTag === undefined ? {} : { logTag: cut(yield* withoutControls("-L", given.logTag)) })
    }
  })

/** Takes an option token that is one of these, by its sendmail letter or `trace`; undefined: it is another. */
export const withCommon = (
  given: CommonArguments,
  name: string,
  value: string | undefined
): CommonArguments | undefined => {
  switch (name) {
    case "C":
      return { ...given, config: value ?? "" }
    case "X":
      return { ...given, transcript: value ?? "" }
    case "L":
      return { ...given, logTag: value ?? "" }
    case "d":
      return { ...given, debug: value ?? "" }
    case "v":
      return { ...given, verbose: true }
    case "trace":
      return { ...given, trace: true }
    default:
      return undefined
  }
}
