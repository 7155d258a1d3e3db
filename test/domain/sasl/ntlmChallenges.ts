/** Challenge messages of NTLM servers. */
import { type AvPair, encodeAvPairs, littleEndian } from "../../../src/domain/sasl/NtlmMessages.ts"
import { concat, empty, utf8 } from "../../../src/domain/sasl/Octets.ts"
import { fromHex } from "./saslAssertions.ts"

/** MS-NLMP §4.2.4.3. */
export const specificationChallenge = fromHex(`
  4e544c4d53535000 02000000 0c000c0038000000 33828ae2 0123456789abcdef 0000000000000000
  2400240044000000 060070170000000f 530065007200760065007200
  02000c0044006f006d00610069006e00 01000c00530065007200760065007200 00000000`)

const unicode = 0x00000001
const targetInfoFlag = 0x00800000

export interface RawTargetInfo {
  readonly length: number
  readonly offset: number
  readonly flags?: number
  readonly payload?: Uint8Array
}

/** A challenge whose target information is as `raw` says, right or wrong. */
export const rawChallenge = (raw: RawTargetInfo): Uint8Array =>
  concat(
    utf8("NTLMSSP\0"),
    littleEndian(2, 4),
    new Uint8Array(8),
    littleEndian(raw.flags ?? unicode | targetInfoFlag, 4),
    fromHex("0123456789abcdef"),
    new Uint8Array(8),
    littleEndian(raw.length, 2),
    littleEndian(raw.length, 2),
    littleEndian(raw.offset, 4),
    raw.payload ?? empty
  )

export const challengeMessage = (pairs: ReadonlyArray<AvPair> | undefined): Uint8Array => {
  if (pairs === undefined) return rawChallenge({ length: 0, offset: 48, flags: unicode })
  const payload = encodeAvPairs(pairs)
  return rawChallenge({ length: payload.length, offset: 48, payload })
}
