/**
 * The three messages of NTLM as octets.
 *
 * Source: MS-NLMP §2.2.1 (messages), §2.2.2.1 (AV_PAIR), §2.2.2.5 (flags).
 */
import * as Either from "effect/Either"
import { badChallenge } from "./Exchange.ts"
import * as Limits from "./Limits.ts"
import { concat, empty, equals, part, utf8 } from "./Octets.ts"
import type { SaslProblem } from "./Sasl.ts"

const signature = utf8("NTLMSSP\0")

const flag = {
  unicode: 0x00000001,
  requestTarget: 0x00000004,
  ntlm: 0x00000200,
  alwaysSign: 0x00008000,
  extendedSessionSecurity: 0x00080000,
  targetInfo: 0x00800000,
  version: 0x02000000,
  key128: 0x20000000
} as const

/** Neither signing nor sealing of later traffic: TLS does that. */
const wanted =
  flag.unicode |
  flag.requestTarget |
  flag.ntlm |
  flag.alwaysSign |
  flag.extendedSessionSecurity |
  flag.version |
  flag.key128

/** §2.2.2.10: 6.2, NTLM revision 15. Without the field some servers look for what follows it in the wrong place. */
const version = Uint8Array.of(6, 2, 0, 0, 0, 0, 0, 15)

export const littleEndian = (value: number, bytes: 2 | 4): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 0xff)

export const utf16 = (text: string): Uint8Array => {
  const octets = new Uint8Array(text.length * 2)
  for (let index = 0; index < text.length; index++) {
    octets.set(littleEndian(text.charCodeAt(index), 2), index * 2)
  }
  return octets
}

/** §2.2.1.1; neither domain nor workstation. */
export const negotiateMessage: Uint8Array = concat(
  signature,
  littleEndian(1, 4),
  littleEndian(wanted, 4),
  new Uint8Array(8 + 8),
  version
)

/** §2.2.2.1. Ids that matter here. */
export const avId = { endOfList: 0, flags: 6, timestamp: 7, targetName: 9, channelBindings: 10 } as const

export interface AvPair {
  readonly id: number
  readonly value: Uint8Array
}

export const encodeAvPairs = (pairs: ReadonlyArray<AvPair>): Uint8Array =>
  concat(
    ...pairs.flatMap(({ id, value }) => [littleEndian(id, 2), littleEndian(value.length, 2), value]),
    new Uint8Array(4)
  )

export interface Challenge {
  /** What the server granted of our flags, for the answer. */
  readonly flags: number
  readonly serverChallenge: Uint8Array
  /** Absent: the server sent no target information. */
  readonly targetInfo?: ReadonlyArray<AvPair>
}

const viewOf = (octets: Uint8Array): DataView =>
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength)

/** Reads up to the end-of-list pair; a list without one, or a pair that reaches beyond the list, is refused. */
export const parseAvPairs = (octets: Uint8Array): Either.Either<ReadonlyArray<AvPair>, SaslProblem> => {
  const view = viewOf(octets)
  const pairs: Array<AvPair> = []
  let offset = 0
  while (offset + 4 <= octets.length) {
    const id = view.getUint16(offset, true)
    const end = offset + 4 + view.getUint16(offset + 2, true)
    if (id === avId.endOfList) return Either.right(pairs)
    if (end > octets.length || (id === avId.timestamp && end - offset !== 12)) break
    pairs.push({ id, value: part(octets, offset + 4, end) })
    offset = end
  }
  return Either.left(badChallenge("NTLM target information is malformed"))
}

const challengeHeaderBytes = 32
const targetInfoFieldsAt = 40
const payloadAt = 48

/** §2.2.1.2 `TargetInfoFields`: the payload they point to must lie inside the message and behind its fixed part. */
const targetInfoOf = (message: Uint8Array): Either.Either<Uint8Array, SaslProblem> => {
  if (message.length < payloadAt) return Either.left(badChallenge("NTLM challenge is too short"))
  const view = viewOf(message)
  const length = view.getUint16(targetInfoFieldsAt, true)
  const start = view.getUint32(targetInfoFieldsAt + 4, true)
  const isInside = length === 0 || (start >= payloadAt && start + length <= message.length)
  return isInside
    ? Either.right(length === 0 ? empty : part(message, start, start + length))
    : Either.left(badChallenge("NTLM target information lies outside the challenge"))
}

/** §2.2.1.2. The target name is not used and not read. */
export const parseChallenge = (message: Uint8Array): Either.Either<Challenge, SaslProblem> =>
  Either.gen(function* () {
    const isChallenge =
      message.length >= challengeHeaderBytes &&
      message.length <= Limits.ntlmChallengeBytes &&
      equals(part(message, 0, 8), signature) &&
      viewOf(message).getUint32(8, true) === 2
    if (!isChallenge) return yield* Either.left(badChallenge("not an NTLM challenge"))
    const offered = viewOf(message).getUint32(20, true)
    if ((offered & flag.unicode) === 0) {
      return yield* Either.left(badChallenge("server does not speak Unicode in NTLM"))
    }
    const flags = offered & (wanted | flag.targetInfo)
    const serverChallenge = part(message, 24, 32)
    if ((offered & flag.targetInfo) === 0) return { flags, serverChallenge }
    const targetInfo = yield* targetInfoOf(message)
    return targetInfo.length === 0
      ? { flags, serverChallenge }
      : { flags, serverChallenge, targetInfo: yield* parseAvPairs(targetInfo) }
  })

export interface AuthenticateFields {
  readonly flags: number
  readonly lmResponse: Uint8Array
  readonly ntResponse: Uint8Array
  readonly domain: string
  readonly user: string
}

/** Header, six field descriptors, flags, version and MIC. */
const authenticateHeaderBytes = 88
const micAt = 72

/** §2.2.1.3, MIC still zero. No workstation name: it would only tell the relay what this machine is called. */
export const authenticateMessage = (fields: AuthenticateFields): Uint8Array => {
  const payload = [
    fields.lmResponse,
    fields.ntResponse,
    utf16(fields.domain),
    utf16(fields.user),
    empty,
    empty
  ]
  let offset = authenticateHeaderBytes
  const descriptors = payload.map((part) => {
    const length = littleEndian(part.length, 2)
    const descriptor = concat(length, length, littleEndian(offset, 4))
    offset += part.length
    return descriptor
  })
  return concat(
    signature,
    littleEndian(3, 4),
    ...descriptors,
    littleEndian(fields.flags | flag.version, 4),
    version,
    new Uint8Array(16),
    ...payload
  )
}

export const withMic = (message: Uint8Array, mic: Uint8Array): Uint8Array => {
  const complete = part(message, 0)
  complete.set(mic, micAt)
  return complete
}
