/**
 * What a simulated relay does, as data. Whatever a script does not say, a cooperative server does.
 *
 * Moments are milliseconds since the epoch.
 */
import type { Stage } from "../smtp/Stage.ts"

/** From a moment (inclusive) until another one (exclusive); an absent end is open. */
export interface Window {
  readonly from?: number
  readonly until?: number
}

/** Where a rule can take hold: at the connection, at a handshake, at a command, in or after the message. */
export type RuleStage = Exclude<Stage, "resolve">

/**
 * What happens instead of what the relay would do by itself. Of several rules that fit, the first counts.
 *
 * `after` and `times` count the uses of the stage that fit the other conditions of this rule, whether or not another rule
 * came first: `after: 2, times: 3` is the third, fourth and fifth.
 */
export interface Rule extends Window {
  readonly at: RuleStage
  /** With `*` for anything; compared without regard to case. */
  readonly recipient?: string
  readonly sender?: string
  readonly after?: number
  readonly times?: number
  /** From 0 to 1. */
  readonly chance?: number
  readonly delayMillis?: number
  /** Code and text, a line of the reply each; anything but 2yz and 3yz refuses. Absent: as the relay would. */
  readonly reply?: ReadonlyArray<string>
  /** Octets (as Latin-1) in the place of a reply. */
  readonly raw?: string
  /**
   * `close`: the connection is lost, after the reply if there is one; without `reply` in its place. `silence`: the same
   * with a server that says nothing any more.
   */
  readonly end?: "close" | "silence"
  /** At `final-dot`: whether the server keeps the message. Absent: if it says so. */
  readonly stored?: boolean
}

/** Nobody can be reached in `from` to `until`; with `everyMillis`, only for `forMillis` at the start of each period. */
export interface Outage extends Window {
  /** `dns`: the name can't be looked up. `busy`: a 421 for a greeting. */
  readonly kind: "refused" | "silent" | "unreachable" | "dns" | "busy"
  readonly everyMillis?: number
  readonly forMillis?: number
}

/** A password, or an access token, that is good for a while. */
export interface Account extends Window {
  readonly username: string
  readonly password?: string
  readonly token?: string
}

export interface RelayLimits {
  /** In one transaction; more get 452. */
  readonly recipients?: number
  /** In one session; then 421. */
  readonly messages?: number
  /** At the same time; more get 421. */
  readonly sessions?: number
  /** Messages in `perMillis`; more get `reply`. */
  readonly rate?: { readonly messages: number; readonly perMillis: number; readonly reply: string }
}

export interface RelayTls {
  readonly starttls: boolean
  /** Why the certificate does not hold; absent: it does. */
  readonly flaw?: string
}

export interface RelayScript {
  /** `host` or `host:service`, with `*` for anything. */
  readonly host: string
  /** What the name resolves to. */
  readonly addresses: ReadonlyArray<string>
  /** In the greeting. */
  readonly name: string
  /** EHLO keywords, without STARTTLS and AUTH, which follow from `tls` and `accounts`. */
  readonly extensions: ReadonlyArray<string>
  readonly tls: RelayTls
  /** Empty: AUTH is not offered. `any`: whoever comes is let in. */
  readonly accounts: ReadonlyArray<Account> | "any"
  /** Of those that `ServerAuth.ts` understands. */
  readonly mechanisms: ReadonlyArray<string>
  /** Whether MAIL needs AUTH before it. */
  readonly requiresAuth: boolean
  readonly limits: RelayLimits
  /** A sender and recipient that are new have to come back after this time. */
  readonly greylistMillis?: number
  readonly outages: ReadonlyArray<Outage>
  readonly rules: ReadonlyArray<Rule>
}

/** RFC 5737: an address that no machine has. */
const documentationAddress = "192.0.2.25"

export const cooperative: RelayScript = {
  host: "*",
  addresses: [documentationAddress],
  name: "relay.simulated",
  extensions: ["PIPELINING", "SIZE 52428800", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8"],
  tls: { starttls: true },
  accounts: "any",
  mechanisms: ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"],
  requiresAuth: false,
  limits: {},
  outages: [],
  rules: []
}

export const isWithin = ({ from, until }: Window, now: number): boolean =>
  (from === undefined || from <= now) && (until === undefined || now < until)

/** The outage that `now` falls into. */
export const outageAt = ({ outages }: RelayScript, now: number): Outage | undefined =>
  outages.find((outage) => {
    const { everyMillis, forMillis, from = 0 } = outage
    if (!isWithin(outage, now)) return false
    return everyMillis === undefined || (now - from) % everyMillis < (forMillis ?? everyMillis)
  })
