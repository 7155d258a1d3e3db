/**
 * The keywords of an esmtprc file, as data: parser, printer, reader of settings and manual page all follow this table.
 *
 * Source: esmtp: lexer.l, parser.y, esmtprc(5). Keywords with `origin` `esmtp 2` are not known to C esmtp.
 */

import { mechanismNames } from "../smtp/Relay.ts"

/** What a value means, and so how it is checked. */
export type ValueKind =
  | "none"
  | "address"
  | "server"
  | "domain"
  | "text"
  | "secret"
  | "command"
  | "path"
  | "choice"
  | "duration"
  | "durations"
  | "count"
  | "fingerprint"

export interface Keyword {
  readonly name: string
  readonly aliases: ReadonlyArray<string>
  readonly value: ValueKind
  /** All accepted words, where `value` is `choice`. */
  readonly choices?: ReadonlyArray<string>
  /** `opening` begins a section; `section` speaks of the relay of its section; `global` holds wherever it is written. */
  readonly scope: "opening" | "section" | "global"
  readonly origin: "C esmtp" | "esmtp 2"
  /** In a bare value: text, or (for some keywords of C esmtp) a separator. */
  readonly bareColon: "text" | "separator"
  /** One line for the manual page and for hints. */
  readonly summary: string
}

/** The words that keywords with a `choice` accept, in any case. */
export const choices = {
  auth: ["auto", ...mechanismNames],
  plaintextAuth: ["refused", "allowed"],
  starttls: ["disabled", "enabled", "required", "implicit"],
  tlsMinVersion: ["1.2", "1.3"],
  messageId: ["enabled", "disabled"],
  deliveryMode: ["interactive", "background", "queue"],
  yesOrNo: ["yes", "no"]
} as const

const inherited = { aliases: [], scope: "section", origin: "C esmtp", bareColon: "separator" } as const
const added = { aliases: [], scope: "section", origin: "esmtp 2", bareColon: "text" } as const

export const keywords = [
  {
    ...inherited,
    name: "identity",
    value: "address",
    scope: "opening",
    bareColon: "text",
    summary: "begins a section; the address, *@domain or domain that selects it"
  },
  {
    ...inherited,
    name: "default",
    value: "none",
    summary: "makes this section the one for senders that select no other"
  },
  {
    ...inherited,
    name: "hostname",
    aliases: ["host"],
    value: "server",
    bareColon: "text",
    summary: "the relay, host[:service]; without a service 587"
  },
  {
    ...inherited,
    name: "username",
    aliases: ["user"],
    value: "text",
    bareColon: "text",
    summary: "user name for authentication"
  },
  {
    ...inherited,
    name: "password",
    aliases: ["pass"],
    value: "secret",
    bareColon: "text",
    summary: "password for authentication"
  },
  {
    ...added,
    name: "password_command",
    value: "command",
    summary: "program that prints the password"
  },
  {
    ...added,
    name: "oauth2_token_command",
    value: "command",
    summary: "program that prints an OAuth 2.0 access token for XOAUTH2 or OAUTHBEARER"
  },
  {
    ...added,
    name: "auth",
    value: "choice",
    choices: choices.auth,
    summary: "authentication mechanism; auto is the strongest that both sides have"
  },
  {
    ...added,
    name: "plaintext_auth",
    value: "choice",
    choices: choices.plaintextAuth,
    summary: "whether credentials may cross an unencrypted connection"
  },
  {
    ...inherited,
    name: "starttls",
    aliases: ["tls"],
    value: "choice",
    choices: choices.starttls,
    summary: "whether and how the connection is encrypted"
  },
  { ...added, name: "tls_ca_file", value: "path", summary: "certificates of the authorities to trust, PEM" },
  { ...added, name: "tls_crl_file", value: "path", summary: "certificate revocation lists, PEM" },
  {
    ...added,
    name: "tls_fingerprint",
    value: "fingerprint",
    summary: "SHA-256 fingerprint that the relay's certificate must have"
  },
  { ...added, name: "tls_certificate", value: "path", summary: "client certificate, PEM" },
  { ...added, name: "tls_key", value: "path", summary: "private key of the client certificate, PEM" },
  {
    ...added,
    name: "tls_min_version",
    value: "choice",
    choices: choices.tlsMinVersion,
    summary: "lowest version of TLS to accept"
  },
  {
    ...inherited,
    name: "certificate_passphrase",
    aliases: ["passphrase"],
    value: "secret",
    summary: "passphrase of the client certificate's key"
  },
  {
    ...added,
    name: "timeout",
    value: "duration",
    summary: "upper bound of every wait of an SMTP session"
  },
  { ...inherited, name: "helo", value: "domain", summary: "name to greet the relay with (EHLO)" },
  {
    ...inherited,
    name: "qualifydomain",
    value: "domain",
    summary: "domain added to local recipients, who then become remote"
  },
  {
    ...inherited,
    name: "sender",
    value: "address",
    summary: "address of this section, in place of its identity; %u, %h and %d are expanded"
  },
  {
    ...inherited,
    name: "force sender",
    value: "address",
    summary: "value of the Sender: field, always; %u is expanded"
  },
  {
    ...inherited,
    name: "force reverse_path",
    value: "address",
    summary: "envelope sender, always; %u is expanded"
  },
  {
    ...inherited,
    name: "message_id",
    value: "choice",
    choices: choices.messageId,
    summary: "whether a missing Message-ID is added"
  },
  {
    ...inherited,
    name: "preconnect",
    value: "command",
    summary: "shell command to run before connecting"
  },
  {
    ...inherited,
    name: "postconnect",
    value: "command",
    summary: "shell command to run after a session"
  },
  {
    ...inherited,
    name: "mda",
    value: "command",
    scope: "global",
    summary: "command that delivers to local recipients; %T and %F are replaced"
  },
  {
    ...inherited,
    name: "force_mda",
    value: "text",
    scope: "global",
    summary: "local user who receives all mail, whomever it is addressed to"
  },
  {
    ...added,
    name: "delivery_mode",
    value: "choice",
    choices: choices.deliveryMode,
    scope: "global",
    summary: "deliver at once, at once in the background, or later"
  },
  { ...added, name: "queue_dir", value: "path", scope: "global", summary: "directory of the queue" },
  {
    ...added,
    name: "queue_lifetime",
    value: "duration",
    scope: "global",
    summary: "how long delivery is tried before the message is returned"
  },
  {
    ...added,
    name: "retry_schedule",
    value: "durations",
    scope: "global",
    summary: "waits between tries; the last one repeats"
  },
  {
    ...added,
    name: "queue_sessions",
    value: "count",
    scope: "global",
    summary: "sessions side by side with one relay, 1 to 20"
  },
  {
    ...added,
    name: "require_all_recipients",
    value: "choice",
    choices: choices.yesOrNo,
    scope: "global",
    summary: "whether one refused recipient stops the whole message"
  },
  { ...added, name: "logfile", value: "path", scope: "global", summary: "file to log to, or syslog" }
] as const satisfies ReadonlyArray<Keyword>

export type KeywordName = (typeof keywords)[number]["name"]

type NamesOf<Scope extends Keyword["scope"]> = Extract<
  (typeof keywords)[number],
  { readonly scope: Scope }
>["name"]

export type SectionKeyword = NamesOf<"section">
export type GlobalKeyword = NamesOf<"global">
