/**
 * The base64 encoding, octets in and octets out, chunk by chunk.
 *
 * Source: RFC 2045 §6.8 (lines of 76 characters). The line end after the last line belongs to what follows.
 */
import type { OctetCoder } from "./QuotedPrintable.ts"

const lineCharacters = 76

const alphabet = new TextEncoder().encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
const padding = 0x3d

const cr = 0x0d
const lf = 0x0a

/** Lays characters out in lines. */
class Lines {
  private column = 0
  private room = new Uint8Array(0)
  private size = 0

  begin(characters: number): void {
    this.room = new Uint8Array(characters + 2 * Math.ceil(characters / lineCharacters) + 2)
    this.size = 0
  }

  put(character: number): void {
    if (this.column === lineCharacters) {
      this.room[this.size++] = cr
      this.room[this.size++] = lf
      this.column = 0
    }
    this.room[this.size++] = character
    this.column++
  }

  taken(): Uint8Array {
    return this.room.subarray(0, this.size)
  }
}

class Encoder implements OctetCoder {
  private readonly lines = new Lines()
  /** Octets that don't make three yet, side by side, and how many they are. */
  private bits = 0
  private held = 0

  take(octets: Uint8Array): Uint8Array {
    this.lines.begin(4 * Math.ceil((octets.length + 2) / 3))
    for (const octet of octets) {
      this.bits = (this.bits << 8) | octet
      if (++this.held === 3) this.putGroup(4)
    }
    return this.lines.taken()
  }

  finish(): Uint8Array {
    this.lines.begin(4)
    if (this.held > 0) {
      const characters = this.held + 1
      this.bits <<= 8 * (3 - this.held)
      this.putGroup(characters)
      for (let missing = characters; missing < 4; missing++) this.lines.put(padding)
    }
    return this.lines.taken()
  }

  private putGroup(characters: number): void {
    for (let place = 0; place < characters; place++) {
      this.lines.put(alphabet[(this.bits >> (18 - 6 * place)) & 63] ?? padding)
    }
    this.bits = 0
    this.held = 0
  }
}

const isCharacter = (octet: number): boolean =>
  (octet >= 0x41 && octet <= 0x5a) ||
  (octet >= 0x61 && octet <= 0x7a) ||
  (octet >= 0x2f && octet <= 0x39) ||
  octet === 0x2b ||
  octet === padding

const isBlank = (octet: number): boolean => octet === cr || octet === lf || octet === 0x20 || octet === 0x09

/** Whether nothing else is in it, so that only the line ends matter not. */
export const isBase64Text = (octets: Uint8Array): boolean =>
  octets.every((octet) => isCharacter(octet) || isBlank(octet))

/** The same characters in lines of the right length. */
class Wrapper implements OctetCoder {
  private readonly lines = new Lines()

  take(octets: Uint8Array): Uint8Array {
    this.lines.begin(octets.length)
    for (const octet of octets) if (!isBlank(octet)) this.lines.put(octet)
    return this.lines.taken()
  }

  finish(): Uint8Array {
    return new Uint8Array(0)
  }
}

export const makeBase64Encoder = (): OctetCoder => new Encoder()
/** Of what is base64 already. */
export const makeBase64Wrapper = (): OctetCoder => new Wrapper()
