/**
 * What an `identity` statement stands for, and how closely it fits an address.
 *
 * Source: esmtp: smtp.c (`identity_lookup`): equal, octet by octet.
 * Deviation: where no identity is equal, the domain is compared in any case, and then `*@domain`, `domain`, `*.domain`
 * and `*` are tried; in C they fit only themselves.
 */

/** How closely an identity fits, closest first. */
export const fits = ["equal", "equal but for case", "domain", "parent domain", "any"] as const

export type Fit = (typeof fits)[number]

type Pattern =
  | { readonly _tag: "Address" }
  | { readonly _tag: "Domain"; readonly domain: string }
  | { readonly _tag: "Subdomains"; readonly suffix: string }
  | { readonly _tag: "Any" }

/** Two labels at least: a single word is the name of a user. */
const domainName = /^[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)+$/u

const patternOf = (name: string): Pattern => {
  if (name === "*" || name === "*@*") return { _tag: "Any" }
  const domain = name.replace(/^\*?@/, "")
  const isMarked = domain !== name
  if (domain === "" || domain.includes("@")) return { _tag: "Address" }
  if (domain.startsWith("*.")) return { _tag: "Subdomains", suffix: domain.slice(1).toLowerCase() }
  return isMarked || domainName.test(domain)
    ? { _tag: "Domain", domain: domain.toLowerCase() }
    : { _tag: "Address" }
}

/** Whether the name is itself an address, and so the sender of its section. */
export const isAddressName = (name: string): boolean => patternOf(name)._tag === "Address"

const lowerCaseDomain = (address: string): string => {
  const at = address.lastIndexOf("@")
  return at === -1 ? address : address.slice(0, at) + address.slice(at).toLowerCase()
}

/** How an address fits one that stands for itself alone. */
export const fitOfAddress = (own: string, address: string): Fit | undefined => {
  if (own === address) return "equal"
  return lowerCaseDomain(own) === lowerCaseDomain(address) ? "equal but for case" : undefined
}

/** How an address fits the name of an identity that stands for many. */
export const fitOfPattern = (name: string, address: string): Fit | undefined => {
  const pattern = patternOf(name)
  const domain = address.slice(address.lastIndexOf("@") + 1).toLowerCase()
  switch (pattern._tag) {
    case "Address":
      return undefined
    case "Domain":
      return address.includes("@") && domain === pattern.domain ? "domain" : undefined
    case "Subdomains":
      return address.includes("@") && domain.endsWith(pattern.suffix) ? "parent domain" : undefined
    case "Any":
      return "any"
  }
}
