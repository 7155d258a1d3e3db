/**
 * What `esmtp explain` and `-bv` tell of a message before anything is done with it: which file, which identity and why,
 * who sends to whom by which route, how the header changes, and what would be said to the relay.
 *
 * Nothing here knows a secret: of credentials only where they come from is told.
 */
import * as Either from "effect/Either"
import type { ResolvedIdentity } from "../config/IdentitySelection.ts"
import type { DeliveryMode, Identity, Settings } from "../config/Settings.ts"
import type { Envelope, Recipient } from "../mail/Envelope.ts"
import type { HeaderChange } from "../mail/HeaderEdits.ts"
import { fieldText } from "../mail/HeaderField.ts"
import type { MessageFacts } from "../mail/MessageFacts.ts"
import * as Command from "../smtp/Command.ts"
import { encodeEnvelope } from "../smtp/EnvelopeCommands.ts"
import type { Relay, TlsMode } from "../smtp/Relay.ts"
import { wantsAuth } from "../smtp/SessionPolicy.ts"
import { printable } from "../telemetry/Printable.ts"

export interface Explanation {
  readonly settings: Settings
  readonly resolved: ResolvedIdentity
  readonly envelope: Envelope
  readonly changes: ReadonlyArray<HeaderChange>
  readonly facts: MessageFacts
  readonly mode: DeliveryMode
  /** The EHLO argument. */
  readonly heloName: string
  readonly messageId?: string
}

const identityName = (identity: Identity): string =>
  identity.name === undefined ? `(unnamed, line ${identity.line})` : printable(identity.name)

const relayName = ({ host, service }: Relay): string => `${printable(host)}:${printable(service)}`

const tlsPolicies: Readonly<Record<TlsMode, string>> = {
  disabled: "never",
  opportunistic: "STARTTLS if offered; a bad certificate ends the session if credentials would be sent",
  enabled: "STARTTLS if offered; a bad certificate ends the session",
  required: "STARTTLS required",
  implicit: "from the first byte"
}

/** Where the credentials come from, never what they are. */
const secretSource = ({ auth }: Relay): string => {
  if (auth.passwordCommand !== undefined) return "password from password_command"
  if (auth.tokenCommand !== undefined) return "token from oauth2_token_command"
  return auth.password === undefined ? "no password" : "password from the file"
}

const authPolicy = (relay: Relay): string => {
  const { auth } = relay
  if (!wantsAuth(auth)) return "none"
  const who = auth.username === undefined ? "" : ` as ${printable(auth.username)}`
  const which = auth.mechanism === "auto" ? "strongest mechanism offered" : auth.mechanism
  const clear = auth.plaintext === "allowed" ? "; also without TLS" : ""
  return `${which}${who}; ${secretSource(relay)}${clear}`
}

const byRoute = (envelope: Envelope, route: Recipient["route"]): ReadonlyArray<Recipient> =>
  envelope.recipients.filter((recipient) => recipient.route === route)

/** A server that offers everything: what it would be told shows all that the message asks for. */
const everything = new Map<string, ReadonlyArray<string>>([
  ["SIZE", []],
  ["8BITMIME", []],
  ["SMTPUTF8", []],
  ["DSN", []]
])

const envelopeLines = (explanation: Explanation): ReadonlyArray<string> => {
  const { envelope, facts, resolved } = explanation
  const { host, service } = resolved.identity.relay
  const recipients = byRoute(envelope, "relay")
  if (recipients.length === 0) return []
  const commands = encodeEnvelope(
    { ...envelope, recipients, facts, requireAllRecipients: false },
    everything,
    { host, service }
  )
  if (Either.isLeft(commands)) return [commands.left.message]
  const { mail, rcpts } = commands.right
  return [
    mail.masked,
    ...rcpts.map((rcpt) => (Either.isLeft(rcpt) ? rcpt.left.message : rcpt.right.masked))
  ].map((line) => printable(line.trimEnd()))
}

const wireLines = (explanation: Explanation): ReadonlyArray<string> => {
  const { relay } = explanation.resolved.identity
  const envelope = envelopeLines(explanation)
  if (envelope.length === 0) return []
  const mode = relay.tls.mode
  return [
    ...(mode === "implicit" ? ["(TLS handshake)"] : []),
    `EHLO ${printable(explanation.heloName)}`,
    ...(mode === "disabled" || mode === "implicit"
      ? []
      : [`STARTTLS${mode === "required" ? "" : " (if offered)"}`]),
    ...(wantsAuth(relay.auth) ? [`AUTH … ${Command.redacted}`] : []),
    ...envelope,
    `DATA or BDAT (${explanation.facts.sizeBytes} octets)`,
    "QUIT"
  ]
}

const modes: Readonly<Record<DeliveryMode, string>> = {
  interactive: "delivered now; the exit status tells",
  background: "queued, then delivered in the background",
  queue: "queued, delivered when the queue is run"
}

const signs: Readonly<Record<HeaderChange["_tag"], string>> = { Added: "+", Removed: "-", Replaced: "-" }

const fieldLine = (field: HeaderChange["field"]): string =>
  printable(`${field.name}: ${fieldText(field)}`, 2000)

const changeLines = (change: HeaderChange): ReadonlyArray<string> => [
  `${signs[change._tag]} ${fieldLine(change.field)}`,
  ...(change._tag === "Replaced" ? [`+ ${fieldLine(change.by)}`] : [])
]

const candidateLines = ({ candidates, identity }: ResolvedIdentity): ReadonlyArray<string> =>
  candidates.map(
    (candidate) =>
      `${candidate.identity === identity ? "*" : " "} ${identityName(candidate.identity)}: ${candidate.because}`
  )

const recipientLines = (envelope: Envelope): ReadonlyArray<string> =>
  envelope.recipients.map(({ mailbox, route, originalRecipient }) => {
    const given = originalRecipient === undefined ? "" : ` (given as ${printable(originalRecipient)})`
    return `<${printable(mailbox)}> by ${route === "relay" ? "relay" : "MDA"}${given}`
  })

const section = (title: string, lines: ReadonlyArray<string>): ReadonlyArray<string> =>
  lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)]

const policyLines = ({ resolved, settings }: Explanation): ReadonlyArray<string> => {
  const { identity } = resolved
  const { relay } = identity
  return [
    `relay: ${relayName(relay)}`,
    `TLS: ${tlsPolicies[relay.tls.mode]}; ${relay.tls.minVersion} or later${relay.tls.fingerprint === undefined ? "" : "; certificate pinned"}`,
    `AUTH: ${authPolicy(relay)}`,
    ...(identity.preconnect === undefined ? [] : [`before: ${printable(identity.preconnect)}`]),
    ...(identity.postconnect === undefined ? [] : [`after: ${printable(identity.postconnect)}`]),
    ...(settings.mda === undefined ? [] : [`MDA: ${printable(settings.mda)}`]),
    ...(settings.forceMda === undefined ? [] : [`every recipient by MDA: ${printable(settings.forceMda)}`])
  ]
}

/** Lines for people, without line ends. */
export const explanationLines = (explanation: Explanation): ReadonlyArray<string> => {
  const { envelope, facts, mode, resolved, settings } = explanation
  return [
    `configuration: ${settings.path === undefined ? "(built in)" : printable(settings.path)}`,
    `identity: ${identityName(resolved.identity)}`,
    ...section("considered", candidateLines(resolved)),
    `reverse-path: <${printable(envelope.reversePath)}> (from ${resolved.reversePathFrom})`,
    ...section("recipients", recipientLines(envelope)),
    ...section("header", explanation.changes.flatMap(changeLines)),
    `message: ${facts.sizeBytes} octets${facts.hasEightBitHeader || facts.hasEightBitBody ? ", 8-bit" : ""}`,
    ...section("policy", policyLines(explanation)),
    `delivery: ${modes[mode]}`,
    ...section("session", wireLines(explanation))
  ]
}

/** `explain --json`. */
export const explanationJson = (explanation: Explanation): object => {
  const { envelope, facts, mode, resolved, settings } = explanation
  const { relay } = resolved.identity
  return {
    configuration: settings.path ?? null,
    identity: resolved.identity.name ?? null,
    candidates: resolved.candidates.map(({ identity, matched, because }) => ({
      identity: identity.name ?? null,
      line: identity.line,
      matched,
      because
    })),
    reversePath: envelope.reversePath,
    reversePathFrom: resolved.reversePathFrom,
    recipients: envelope.recipients.map(({ mailbox, route, originalRecipient }) => ({
      address: mailbox,
      route,
      givenAs: originalRecipient ?? mailbox
    })),
    headerChanges: explanation.changes.map((change) => ({
      change: change._tag.toLowerCase(),
      name: change.field.name,
      value: fieldText(change.field),
      ...(change._tag === "Replaced" && { by: fieldText(change.by) })
    })),
    message: {
      sizeBytes: facts.sizeBytes,
      eightBit: facts.hasEightBitHeader || facts.hasEightBitBody,
      messageId: explanation.messageId ?? null
    },
    relay: { host: relay.host, service: relay.service },
    tls: {
      mode: relay.tls.mode,
      minVersion: relay.tls.minVersion,
      pinned: relay.tls.fingerprint !== undefined
    },
    auth: {
      wanted: wantsAuth(relay.auth),
      mechanism: relay.auth.mechanism,
      username: relay.auth.username ?? null,
      secret: secretSource(relay),
      clearAllowed: relay.auth.plaintext === "allowed"
    },
    mda: settings.mda ?? null,
    delivery: mode,
    session: wireLines(explanation)
  }
}
