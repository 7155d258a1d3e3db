/**
 * One command line of an SMTP client, as its receiver understands it.
 *
 * Source: RFC 5321 §4.1.1, §4.1.2. Deviations: an address may stand without brackets, and blanks after the colon, as
 * old clients write them; a source route is dropped (RFC 5321 Appendix C).
 */

export type ClientCommand =
  | { readonly _tag: "Hello"; readonly extended: boolean }
  | { readonly _tag: "Mail"; readonly path: string; readonly parameters: ReadonlyArray<string> }
  | { readonly _tag: "Rcpt"; readonly path: string; readonly parameters: ReadonlyArray<string> }
  | { readonly _tag: "Data" }
  | { readonly _tag: "Rset" }
  | { readonly _tag: "Noop" }
  | { readonly _tag: "Vrfy" }
  | { readonly _tag: "Help" }
  | { readonly _tag: "Quit" }
  /** The verb is known, what follows it makes no sense. */
  | { readonly _tag: "Malformed" }
  | { readonly _tag: "Unknown" }

const envelopePath = /^(?:FROM|TO):[ \t]*(?:<((?:"(?:[^"\\]|\\.)*"|[^">])*)>|([^\s<>]+))(?:[ \t]+(.*))?$/i

const withoutRoute = (path: string): string => path.replace(/^@[^:]*:/, "")

const envelope = (_tag: "Mail" | "Rcpt", argument: string): ClientCommand => {
  const isFrom = /^FROM:/i.test(argument)
  const match = envelopePath.exec(argument)
  if (match === null || isFrom !== (_tag === "Mail")) return { _tag: "Malformed" }
  const path = withoutRoute(match[1] ?? match[2] ?? "")
  const parameters = (match[3] ?? "").split(/[ \t]+/).filter((parameter) => parameter !== "")
  return { _tag, path, parameters }
}

const bare = (command: ClientCommand, argument: string): ClientCommand =>
  argument === "" ? command : { _tag: "Malformed" }

/** `line`: without its end. */
export const parse = (line: string): ClientCommand => {
  const [, verb = "", rest = ""] = /^([A-Za-z]*)[ \t]*(.*?)[ \t]*$/s.exec(line) ?? []
  switch (verb.toUpperCase()) {
    case "EHLO":
      return rest === "" ? { _tag: "Malformed" } : { _tag: "Hello", extended: true }
    case "HELO":
      return rest === "" ? { _tag: "Malformed" } : { _tag: "Hello", extended: false }
    case "MAIL":
      return envelope("Mail", rest)
    case "RCPT":
      return envelope("Rcpt", rest)
    case "DATA":
      return bare({ _tag: "Data" }, rest)
    case "RSET":
      return bare({ _tag: "Rset" }, rest)
    case "QUIT":
      return bare({ _tag: "Quit" }, rest)
    case "NOOP":
      return { _tag: "Noop" }
    case "VRFY":
      return { _tag: "Vrfy" }
    case "HELP":
      return { _tag: "Help" }
    default:
      return { _tag: "Unknown" }
  }
}
