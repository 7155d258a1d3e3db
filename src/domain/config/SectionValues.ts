/**
 * What the keywords of a section say, as parts of an identity.
 *
 * Source: esmtp: parser.y (`statement`), smtp.c (`smtp_send`), esmtprc(5); RFC 8314 §3.3.
 * Deviation: without `starttls` the connection is encrypted if the relay offers it; C esmtp stays in clear.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { AuthPolicy, Relay, TlsPolicy } from "../smtp/Relay.ts"
import { isAddressName } from "./AddressPattern.ts"
import { choices, type SectionKeyword } from "./Keywords.ts"
import type { Statement } from "./RcFile.ts"
import type { Identity } from "./Settings.ts"
import * as ValueText from "./ValueText.ts"

/** Parts of an identity, absent where nothing is said. */
export interface SectionPatch {
  readonly server?: ValueText.Server
  readonly relay?: Partial<Pick<Relay, "helo" | "timeoutMillis">>
  readonly tls?: Partial<TlsPolicy>
  readonly auth?: Partial<AuthPolicy>
  readonly identity?: Partial<Omit<Identity, "name" | "isDefault" | "relay" | "line">>
}

type Decoded<Patch> = Either.Either<Patch, ValueText.Mismatch>

export type Decoder<Patch> = (value: Statement["value"], base: ValueText.PathBase) => Decoded<Patch>

/** A decoder for values that are not secret. */
export const plain =
  <A, Patch>(read: ValueText.ReadText<A>, patch: (value: A) => Patch): Decoder<Patch> =>
  (value) =>
    typeof value === "string" ? Either.map(read(value), patch) : Either.left({ expected: "a text" })

export const pathTo =
  <Patch>(patch: (path: string) => Patch): Decoder<Patch> =>
  (value, base) =>
    plain(ValueText.path(base), patch)(value, base)

const secret =
  (patch: (secret: Redacted.Redacted<string>) => SectionPatch): Decoder<SectionPatch> =>
  (value) => {
    if (!Redacted.isRedacted(value)) return Either.left({ expected: "a secret" })
    const opened = Redacted.value(value)
    return Either.mapBoth(ValueText.anyText(opened), {
      onLeft: ({ expected }) => ({ expected, found: "a NUL" }),
      onRight: () => patch(value)
    })
  }

/** For values that say nothing when they are empty. */
const unlessEmpty =
  (patch: (text: string) => SectionPatch) =>
  (text: string): SectionPatch =>
    text === "" ? {} : patch(text)

const minVersions = { "1.2": "TLSv1.2", "1.3": "TLSv1.3" } as const

export const sectionDecoders: Readonly<Record<SectionKeyword, Decoder<SectionPatch>>> = {
  default: () => Either.right({}),
  hostname: plain(ValueText.server, (server) => ({ server })),
  username: plain(ValueText.anyText, (username) => ({ auth: { username } })),
  password: secret((password) => ({ auth: { password } })),
  password_command: plain(ValueText.command, (passwordCommand) => ({ auth: { passwordCommand } })),
  oauth2_token_command: plain(ValueText.command, (tokenCommand) => ({ auth: { tokenCommand } })),
  auth: plain(ValueText.oneOf(choices.auth), (mechanism) => ({ auth: { mechanism } })),
  plaintext_auth: plain(ValueText.oneOf(choices.plaintextAuth), (plaintext) => ({ auth: { plaintext } })),
  starttls: plain(ValueText.oneOf(choices.starttls), (mode) => ({ tls: { mode } })),
  tls_ca_file: pathTo((caFile) => ({ tls: { caFile } })),
  tls_crl_file: pathTo((crlFile) => ({ tls: { crlFile } })),
  tls_fingerprint: plain(ValueText.fingerprint, (fingerprint) => ({ tls: { fingerprint } })),
  tls_certificate: pathTo((certificate) => ({ tls: { certificate } })),
  tls_key: pathTo((key) => ({ tls: { key } })),
  tls_min_version: plain(ValueText.oneOf(choices.tlsMinVersion), (version) => ({
    tls: { minVersion: minVersions[version] }
  })),
  certificate_passphrase: secret((passphrase) => ({ tls: { passphrase } })),
  timeout: plain(ValueText.duration, (timeoutMillis) => ({ relay: { timeoutMillis } })),
  helo: plain(
    ValueText.domain,
    unlessEmpty((helo) => ({ relay: { helo } }))
  ),
  qualifydomain: plain(
    ValueText.domain,
    unlessEmpty((qualifyDomain) => ({ identity: { qualifyDomain } }))
  ),
  sender: plain(ValueText.lineText, (sender) => ({ identity: { sender } })),
  "force sender": plain(
    ValueText.lineText,
    unlessEmpty((forceSender) => ({ identity: { forceSender } }))
  ),
  "force reverse_path": plain(ValueText.lineText, (forceReversePath) => ({ identity: { forceReversePath } })),
  message_id: plain(ValueText.oneOf(choices.messageId), (messageId) => ({
    identity: { addMessageId: messageId === "enabled" }
  })),
  preconnect: plain(
    ValueText.anyText,
    unlessEmpty((preconnect) => ({ identity: { preconnect } }))
  ),
  postconnect: plain(
    ValueText.anyText,
    unlessEmpty((postconnect) => ({ identity: { postconnect } }))
  )
}

const defaultServer: ValueText.Server = { host: "localhost", service: "25" }

export interface SectionHead {
  readonly name?: string
  readonly isDefault: boolean
  readonly line: number
}

/** An identity from its section's patches, one for each keyword used. */
export const identityFrom = (head: SectionHead, patches: Iterable<SectionPatch>): Identity => {
  let server = defaultServer
  let relay: SectionPatch["relay"] = {}
  let tls: SectionPatch["tls"] = {}
  let auth: SectionPatch["auth"] = {}
  let identity: SectionPatch["identity"] = {}
  for (const patch of patches) {
    server = patch.server ?? server
    relay = { ...relay, ...patch.relay }
    tls = { ...tls, ...patch.tls }
    auth = { ...auth, ...patch.auth }
    identity = { ...identity, ...patch.identity }
  }
  const mode = ValueText.isImplicitTlsService(server.service) ? "implicit" : "opportunistic"
  const ownAddress = head.name !== undefined && isAddressName(head.name) ? { sender: head.name } : {}
  return {
    ...head,
    addMessageId: true,
    ...ownAddress,
    ...identity,
    relay: {
      ...server,
      ...relay,
      tls: { mode, minVersion: "TLSv1.2", ...tls },
      auth: { mechanism: "auto", plaintext: "refused", ...auth }
    }
  }
}
