/**
 * Whether an address may stand in the argument list of a program.
 *
 * Source: postfix: local(8) (`allow_min_user`); CVE-2020-7247.
 */
import * as Option from "effect/Option"

export interface UnfitAddress {
  readonly address: string
  /** A predicate for a sentence: `begins with -`. */
  readonly because: string
}

/** Letters, digits and what means nothing to a shell and separates no directories; a quote can't begin code. */
const isPlain = (address: string): boolean => /^[\w@%+=:,.'\u{80}-\u{10ffff}-]*$/u.test(address)

const because = (address: string, mustBePlain: boolean): string | undefined => {
  if (address === "") return "is empty"
  if (address.startsWith("-")) return "begins with -, as an option would"
  if (address.includes("\0")) return "contains NUL"
  if (/\p{Surrogate}/u.test(address)) return "is not valid Unicode"
  return mustBePlain && !isPlain(address)
    ? "has a character that the command of `mda` could take for code or for a path"
    : undefined
}

/** `mustBePlain`: the command puts addresses where they could be parsed again. None: fit. */
export const unfit = (address: string, mustBePlain: boolean): Option.Option<UnfitAddress> =>
  Option.map(Option.fromNullable(because(address, mustBePlain)), (why) => ({ address, because: why }))
