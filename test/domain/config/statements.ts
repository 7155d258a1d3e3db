/** What tests of this folder see of a reading. */
import * as Redacted from "effect/Redacted"
import { type Reading, read, type Statement } from "../../../src/domain/config/RcFile.ts"

/** The value in clear; tests alone may look. */
export const opened = ({ value }: Statement): string | undefined =>
  Redacted.isRedacted(value) ? Redacted.value(value) : value

/** Keyword and value of every statement, without positions. */
export const pairs = ({ file }: Reading): ReadonlyArray<ReadonlyArray<string>> =>
  file.statements.map((statement) => {
    const value = opened(statement)
    return value === undefined ? [statement.keyword] : [statement.keyword, value]
  })

export const reading = (text: string): Reading => read("/home/kim/.esmtprc", text)

/** `line:column detail` of every problem. */
export const complaints = ({ problems }: Reading): ReadonlyArray<string> =>
  problems.map(({ column, detail, line }) => `${line}:${column} ${detail}`)
