/**
 * An entry of the queue that the wrapper script of C esmtp kept: a directory with `cmd`, `mail` and sometimes `lock`.
 *
 * Source: esmtp: esmtp-wrapper (`mktemp -d XXXXXXXX`, `echo "$@" >cmd`, `esmtp $(<cmd) <mail`).
 */

/** Names that `mktemp` makes of the wrapper's template. */
const shape = /^[A-Za-z0-9]{8}$/

export const isLegacyName = (name: string): boolean => shape.test(name)

/** The words of `cmd` as the wrapper passed them on: split at blanks. Quoting was lost when they were written. */
export const argvOf = (command: string): ReadonlyArray<string> =>
  command.split(/[ \t\n]+/).filter((word) => word !== "")
