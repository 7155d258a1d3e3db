/**
 * NTLM version 2, for Exchange servers that offer nothing better.
 *
 * Source: MS-NLMP §3.1.5.1.2, §3.3.2; MS-SMTPNTLM §3.1 (in SMTP); RFC 2743 §1.1.6 (channel bindings).
 * Deviation: version 1 is never spoken, whatever the server asks for.
 */
import * as Either from "effect/Either"
import { awaitingChallenge, complete, turn } from "./Exchange.ts"
import * as Limits from "./Limits.ts"
import {
  type AuthenticateFields,
  type AvPair,
  authenticateMessage,
  avId,
  type Challenge,
  encodeAvPairs,
  littleEndian,
  negotiateMessage,
  parseChallenge,
  utf16,
  withMic
} from "./NtlmMessages.ts"
import { concat, empty, part, utf8 } from "./Octets.ts"
import {
  type ChannelBinding,
  type Credentials,
  type SaslCrypto,
  SaslProblem,
  type SaslStart
} from "./Sasl.ts"
import { type Login, verbatimLogin } from "./Secret.ts"

export interface Account {
  readonly user: string
  readonly domain: string
}

/** `DOMAIN\user`; a principal name `user@domain` goes whole into the user field with an empty domain, as Windows does. */
export const parseAccount = (username: string): Account => {
  const [domain = "", ...user] = username.split("\\")
  return user.length === 0 ? { user: username, domain: "" } : { user: user.join("\\"), domain }
}

/** Windows maps single code units: `ß` stays, where JavaScript makes it `SS`. */
const upperCase = (text: string): string =>
  Array.from(text, (character) => {
    const upper = character.toUpperCase()
    return upper.length === character.length ? upper : character
  }).join("")

/** §3.3.2 `NTOWFv2`, and `LMOWFv2`, which is the same. */
export const responseKey = (password: string, account: Account, crypto: SaslCrypto): Uint8Array =>
  crypto.hmac("md5", crypto.md4(utf16(password)), utf16(upperCase(account.user) + account.domain))

export interface ResponseInput {
  readonly responseKey: Uint8Array
  readonly serverChallenge: Uint8Array
  readonly clientChallenge: Uint8Array
  /** FILETIME, little-endian. */
  readonly time: Uint8Array
  readonly targetInfo: Uint8Array
}

export interface Response {
  readonly lmResponse: Uint8Array
  readonly ntResponse: Uint8Array
  readonly sessionBaseKey: Uint8Array
}

/** §3.3.2 `ComputeResponse`. */
export const computeResponse = (input: ResponseInput, crypto: SaslCrypto): Response => {
  const { clientChallenge, serverChallenge } = input
  const keyed = (...data: ReadonlyArray<Uint8Array>) => crypto.hmac("md5", input.responseKey, concat(...data))
  const temp = concat(
    Uint8Array.of(1, 1, 0, 0, 0, 0, 0, 0),
    input.time,
    clientChallenge,
    new Uint8Array(4),
    input.targetInfo,
    new Uint8Array(4)
  )
  const ntProof = keyed(serverChallenge, temp)
  return {
    lmResponse: concat(keyed(serverChallenge, clientChallenge), clientChallenge),
    ntResponse: concat(ntProof, temp),
    sessionBaseKey: keyed(ntProof)
  }
}

/** 100-nanosecond steps since 1601. */
const fileTime = (epochMillis: number): Uint8Array => {
  const octets = new Uint8Array(8)
  new DataView(octets.buffer).setBigUint64(
    0,
    BigInt(Math.trunc(epochMillis)) * 10_000n + 116_444_736_000_000_000n,
    true
  )
  return octets
}

const hasAv = (id: number) => (pair: AvPair) => pair.id === id

/** `gss_channel_bindings_struct` with empty addresses, digested: §3.1.5.1.2 `MsvAvChannelBindings`. */
const channelBindingsHash = (binding: ChannelBinding | undefined, crypto: SaslCrypto): Uint8Array => {
  if (binding?.serverEndPoint === undefined) return new Uint8Array(16)
  const data = concat(utf8("tls-server-end-point:"), binding.serverEndPoint)
  return crypto.hash("md5", concat(new Uint8Array(16), littleEndian(data.length, 4), data))
}

/** Bit 1: a MIC follows. */
const withMicFlag = (value: Uint8Array | undefined): Uint8Array => {
  const flags = value?.length === 4 ? part(value, 0) : new Uint8Array(4)
  flags[0] = (flags[0] ?? 0) | 2
  return flags
}

/** The server's list with our additions: §3.1.5.1.2. A list that is absent stays empty. */
const answeredTargetInfo = (
  challenge: Challenge,
  binding: ChannelBinding | undefined,
  crypto: SaslCrypto
): Uint8Array => {
  const given = challenge.targetInfo
  if (given === undefined) return empty
  const replaced: ReadonlyArray<number> = [avId.flags, avId.targetName, avId.channelBindings]
  const flags = given.find(hasAv(avId.flags))?.value
  const flagsPair = given.some(hasAv(avId.timestamp))
    ? [{ id: avId.flags, value: withMicFlag(flags) }]
    : given.filter(hasAv(avId.flags))
  return encodeAvPairs([
    ...given.filter((pair) => !replaced.includes(pair.id)),
    ...flagsPair,
    { id: avId.channelBindings, value: channelBindingsHash(binding, crypto) },
    { id: avId.targetName, value: empty }
  ])
}

const authenticate = (
  login: Login,
  challengeMessage: Uint8Array,
  challenge: Challenge,
  binding: ChannelBinding | undefined,
  crypto: SaslCrypto
): Uint8Array => {
  const account = parseAccount(login.username)
  const serverTime = challenge.targetInfo?.find(hasAv(avId.timestamp))?.value
  const response = computeResponse(
    {
      responseKey: responseKey(login.password, account, crypto),
      serverChallenge: challenge.serverChallenge,
      clientChallenge: crypto.randomBytes(8),
      time: serverTime ?? fileTime(crypto.nowMillis()),
      targetInfo: answeredTargetInfo(challenge, binding, crypto)
    },
    crypto
  )
  const { lmResponse, ntResponse } = response
  const fields: AuthenticateFields = { ...account, flags: challenge.flags, lmResponse, ntResponse }
  if (serverTime === undefined) return authenticateMessage(fields)
  const message = authenticateMessage({ ...fields, lmResponse: new Uint8Array(24) })
  const mic = crypto.hmac("md5", response.sessionBaseKey, concat(negotiateMessage, challengeMessage, message))
  return withMic(message, mic)
}

const ntlmLogin = (credentials: Credentials): Either.Either<Login, SaslProblem> =>
  Either.filterOrLeft(
    verbatimLogin(credentials),
    ({ username }) => username.length <= Limits.ntlmUsernameUnits,
    () => new SaslProblem({ reason: "BadCredentials", detail: "user name too long for NTLM" })
  )

export const start = (
  credentials: Credentials,
  binding: ChannelBinding | undefined,
  crypto: SaslCrypto
): Either.Either<SaslStart, SaslProblem> =>
  Either.map(ntlmLogin(credentials), (login) => ({
    mechanism: "NTLM",
    initialResponse: negotiateMessage,
    exchange: awaitingChallenge((message) =>
      Either.map(parseChallenge(message), (challenge) =>
        turn(authenticate(login, message, challenge, binding, crypto), complete)
      )
    )
  }))
