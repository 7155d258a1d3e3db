/**
 * Domains for servers that know ASCII only.
 *
 * Source: RFC 5890 §2.3.2 (A-labels and U-labels); RFC 6531 §3.2; the conversion is UTS 46, as the URL standard has it.
 */
import * as Option from "effect/Option"

export const isAsciiText = (text: string): boolean => /^[\0-\x7f]*$/.test(text)

/** What the URL parser must not get to see: it would take it for a port, a user or a path. */
const plain = /^(?:[A-Za-z0-9._-]|[^\0-\x7f])+$/

const hostName = /^(?!.*\.[0-9]+$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/

/** ASCII as it is, else with A-labels. None for what is no host name after the conversion, an IP address among them. */
export const asciiDomain = (domain: string): Option.Option<string> => {
  if (isAsciiText(domain)) return Option.some(domain)
  const address = `http://${domain}`
  if (!plain.test(domain) || !URL.canParse(address)) return Option.none()
  const converted = new URL(address).hostname
  return hostName.test(converted) ? Option.some(converted) : Option.none()
}
