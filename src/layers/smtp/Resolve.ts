/**
 * Turns the configured host and service into socket addresses.
 *
 * Source: RFC 5321 §5 (a relay is reached by its own addresses, never by MX), RFC 5890 §2.3.2.1 (A-labels); services(5).
 */
import * as dns from "node:dns"
import { readFile } from "node:fs/promises"
import { isIPv4, isIPv6 } from "node:net"
import { domainToASCII } from "node:url"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { ConnectFailed, type Peer } from "../../domain/smtp/SmtpError.ts"
import type { SocketAddress } from "../../services/Dialer.ts"

export interface ResolvedHost {
  /** A-labels without a trailing dot, or the bare numeric address: what SNI and certificate are held against. */
  readonly asciiHost: string
  /** Non-empty, in the resolver's order of preference. */
  readonly addresses: ReadonlyArray<SocketAddress>
}

/** getaddrinfo's verdict, by its code. */
export class LookupProblem extends Data.TaggedError("LookupProblem")<{
  readonly code: string
  readonly cause?: unknown
}> {}

/** All addresses of a host name, preferred ones first. */
export type Lookup = (host: string) => Effect.Effect<ReadonlyArray<string>, LookupProblem>

/** Can't be cancelled: an answer that comes too late is dropped. */
export const systemLookup: Lookup = (host) =>
  Effect.async((resume) => {
    dns.lookup(host, { all: true, verbatim: true }, (cause, found) => {
      if (cause === null) resume(Effect.succeed(found.map(({ address }) => address)))
      else resume(Effect.fail(new LookupProblem({ code: cause.code ?? cause.message, cause })))
    })
  })

/** Used where services(5) has no entry or does not exist. */
const wellKnownPorts: ReadonlyMap<string, number> = new Map([
  ["smtp", 25],
  ["mail", 25],
  ["submission", 587],
  ["submissions", 465],
  ["smtps", 465],
  ["ssmtp", 465]
])

/** The TCP port of `service` in the text of services(5), by name or alias. */
export const portInServices = (text: string, service: string): number | undefined => {
  for (const line of text.split("\n")) {
    const [name, port = "", ...aliases] = line.replace(/#.*$/, "").trim().split(/\s+/)
    if (name !== service && !aliases.includes(service)) continue
    const match = /^([0-9]{1,5})\/tcp$/i.exec(port)
    if (match !== null) return Number(match[1])
  }
  return undefined
}

const resolvePort = Effect.fn("Resolve.port")(function* (peer: Peer, servicesPath: string) {
  const unknownService = new ConnectFailed({ peer, stage: "resolve", reason: "ServiceUnknown" })
  if (/^[0-9]+$/.test(peer.service)) {
    const port = Number(peer.service)
    return port >= 1 && port <= 65_535 ? port : yield* unknownService
  }
  const services = yield* Effect.tryPromise({
    try: () => readFile(servicesPath, "utf8"),
    catch: () => unknownService
  }).pipe(
    // A machine without the file still has the well-known ports.
    Effect.orElseSucceed(() => "")
  )
  const port = portInServices(services, peer.service) ?? wellKnownPorts.get(peer.service.toLowerCase())
  return port ?? (yield* unknownService)
})

/** Node's test for IPv6 compiles a large pattern; every such address has a colon. */
const isIpv6 = (text: string): boolean => text.includes(":") && isIPv6(text)

/** Bare numeric address, or A-labels; undefined where the name has none. */
const asciiHostOf = (host: string): string | undefined => {
  const bare = /^\[(?:ipv6:)?(.*)\]$/i.exec(host)?.[1] ?? host
  if (isIpv6(bare) || isIPv4(host)) return bare
  const name = /^[\x21-\x7e]+$/.test(host) ? host : domainToASCII(host)
  const withoutDot = name.replace(/\.$/, "")
  return withoutDot === "" ? undefined : withoutDot
}

const reasonOf = (code: string): "NameNotFound" | "NameLookupFailed" =>
  code === "ENOTFOUND" || code === "ENODATA" || code === "EAI_NONAME" || code === "EAI_NODATA"
    ? "NameNotFound"
    : "NameLookupFailed"

export interface ResolveOptions {
  readonly lookup: Lookup
  readonly servicesPath: string
  readonly deadlineMillis: number
}

/** A numeric host asks nobody. Fails with `NameNotFound`, `NameLookupFailed` or `ServiceUnknown`. */
export const resolve = Effect.fn("Resolve.resolve")(function* (peer: Peer, options: ResolveOptions) {
  const failed = (reason: ConnectFailed["reason"], cause?: unknown) =>
    new ConnectFailed({ peer, stage: "resolve", reason, ...(cause === undefined ? {} : { cause }) })
  const port = yield* resolvePort(peer, options.servicesPath)
  const asciiHost = asciiHostOf(peer.host)
  if (asciiHost === undefined) return yield* failed("NameNotFound")
  if (isIPv4(asciiHost) || isIpv6(asciiHost)) {
    const resolved: ResolvedHost = { asciiHost, addresses: [{ address: asciiHost, port }] }
    return resolved
  }
  // A trailing dot keeps the resolver from trying search domains.
  const queried = peer.host.endsWith(".") ? `${asciiHost}.` : asciiHost
  const found = yield* options.lookup(queried).pipe(
    Effect.mapError(({ code, cause }) => failed(reasonOf(code), cause)),
    Effect.timeoutFail({
      duration: Duration.millis(options.deadlineMillis),
      onTimeout: () => failed("NameLookupFailed")
    })
  )
  if (found.length === 0) return yield* failed("NameNotFound")
  const resolved: ResolvedHost = {
    asciiHost,
    addresses: Array.from(new Set(found), (address) => ({ address, port }))
  }
  return resolved
})
