/**
 * The quoted-printable encoding, octets in and octets out, chunk by chunk.
 *
 * Source: RFC 2045 §6.7. Deviations: a line never begins with two dashes, so that none becomes a delimiter; the decoder
 * takes what is not encoded for what it is, and blanks at the end of a line for meant.
 */

/** Encodes or decodes; what comes out is never kept. */
export interface OctetCoder {
  readonly take: (octets: Uint8Array) => Uint8Array
  readonly finish: () => Uint8Array
}

const cr = 0x0d
const lf = 0x0a
const space = 0x20
const tab = 0x09
const equals = 0x3d
const dash = 0x2d

/** Characters of a line, without the `=` of a soft line end. */
const lineCharacters = 75

const hexDigits = new TextEncoder().encode("0123456789ABCDEF")

const isLiteral = (octet: number): boolean => octet > space && octet < 0x7f && octet !== equals

/** At worst each octet becomes three, and one line in 25 octets ends softly. */
const roomBytes = (octets: number): number => 4 * octets + 16

class Encoder implements OctetCoder {
  private column = 0
  /** All of the line so far is one dash. */
  private isAfterDash = false
  /** A blank that may turn out to be the last of its line. */
  private blank: number | undefined
  private isAfterCr = false
  private room = new Uint8Array(0)
  private size = 0

  take(octets: Uint8Array): Uint8Array {
    this.begin(octets.length)
    for (const octet of octets) this.add(octet)
    return this.taken()
  }

  finish(): Uint8Array {
    this.begin(2)
    if (this.isAfterCr) this.endWithCr()
    this.flushBlank(true)
    return this.taken()
  }

  private begin(octets: number): void {
    this.room = new Uint8Array(roomBytes(octets + 2))
    this.size = 0
  }

  private taken(): Uint8Array {
    return this.room.subarray(0, this.size)
  }

  private add(octet: number): void {
    if (this.isAfterCr) {
      if (octet === lf) {
        this.endLine()
        return
      }
      this.endWithCr()
    }
    if (octet === cr) this.isAfterCr = true
    else if (octet === space || octet === tab) {
      this.flushBlank(false)
      this.blank = octet
    } else {
      this.flushBlank(false)
      if (isLiteral(octet) && !(octet === dash && this.isAfterDash)) this.put(octet)
      else this.putEncoded(octet)
    }
  }

  private endLine(): void {
    this.flushBlank(true)
    this.isAfterCr = false
    this.write(cr)
    this.write(lf)
    this.column = 0
    this.isAfterDash = false
  }

  /** The CR stands alone. */
  private endWithCr(): void {
    this.flushBlank(false)
    this.isAfterCr = false
    this.putEncoded(cr)
  }

  private flushBlank(isLast: boolean): void {
    if (this.blank === undefined) return
    if (isLast) this.putEncoded(this.blank)
    else this.put(this.blank)
    this.blank = undefined
  }

  private makeRoom(characters: number): void {
    if (this.column + characters <= lineCharacters) return
    this.write(equals)
    this.write(cr)
    this.write(lf)
    this.column = 0
  }

  private put(octet: number): void {
    this.makeRoom(1)
    this.isAfterDash = this.column === 0 && octet === dash
    this.write(octet)
    this.column++
  }

  private putEncoded(octet: number): void {
    this.makeRoom(3)
    this.isAfterDash = false
    this.write(equals)
    this.write(hexDigits[octet >> 4] ?? 0)
    this.write(hexDigits[octet & 15] ?? 0)
    this.column += 3
  }

  private write(octet: number): void {
    this.room[this.size++] = octet
  }
}

const hexValue = (octet: number): number => {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const upper = octet & ~0x20
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1
}

/** What begins with `=`: an octet, a soft line end, or neither; undefined: more is needed to tell. */
const meaningOf = (sequence: ReadonlyArray<number>): ReadonlyArray<number> | undefined => {
  const [, first, second] = sequence
  if (first === undefined) return undefined
  if (hexValue(first) >= 0) {
    if (second === undefined) return undefined
    return hexValue(second) >= 0 ? [hexValue(first) * 16 + hexValue(second)] : sequence
  }
  const last = sequence[sequence.length - 1]
  if (last === lf && sequence[sequence.length - 2] === cr) return []
  // Blanks between the sign and the line end were added on some way.
  const isOpen = last === space || last === tab || last === cr
  return isOpen && sequence.length < 80 ? undefined : sequence
}

class Decoder implements OctetCoder {
  private sequence: Array<number> = []

  take(octets: Uint8Array): Uint8Array {
    const decoded: Array<number> = []
    for (const octet of octets) {
      if (this.sequence.length === 0 && octet !== equals) decoded.push(octet)
      else this.extend(octet, decoded)
    }
    return Uint8Array.from(decoded)
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.sequence)
  }

  private extend(octet: number, decoded: Array<number>): void {
    // An `=` inside what has begun is the beginning of another one.
    if (octet === equals && this.sequence.length > 0) {
      decoded.push(...this.sequence)
      this.sequence = []
    }
    this.sequence.push(octet)
    const meaning = meaningOf(this.sequence)
    if (meaning === undefined) return
    decoded.push(...meaning)
    this.sequence = []
  }
}

export const makeQuotedPrintableEncoder = (): OctetCoder => new Encoder()
export const makeQuotedPrintableDecoder = (): OctetCoder => new Decoder()
