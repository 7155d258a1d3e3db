/**
 * The first of two passes over a message: what has to become of each of its entities, and whether that can be.
 *
 * Nothing that a relay takes as it is will be touched, and nothing is decided for an entity whose structure leaves two
 * readings, or whose octets are signed.
 * Source: RFC 6152 §3 (what an 8-bit message needs where 8BITMIME is not offered), RFC 5321 §4.5.3.1.6 (long lines),
 * RFC 2045 §6.4 (composite types are never encoded), RFC 2049 §4 (canonical text).
 */
import * as Either from "effect/Either"
import { type HeaderBlock, hasField } from "../mail/HeaderBlock.ts"
import * as LineEnds from "../mail/LineEnds.ts"
import { isBase64Text } from "./Base64.ts"
import type { DeclaredEncoding } from "./ContentFields.ts"
import { type Entity, type EntityHandler, makeEntityReader, rootEntity } from "./EntityReader.ts"
import { convertHeader, type Label, longestLineBytes } from "./HeaderConversion.ts"
import { Unconvertible } from "./Unconvertible.ts"
import { makeUtf8Check, type Utf8Check } from "./Utf8Check.ts"

/** Of an entity's content. Where there is a label, the header gets it. */
export type Treatment =
  | { readonly _tag: "Keep"; readonly label?: Label }
  | { readonly _tag: "Encode"; readonly isQuotedPrintable: boolean; readonly label: Label }
  /** Base64 in lines of its own. */
  | { readonly _tag: "Wrap" }

export interface Surveyed {
  readonly root: Entity
  readonly sevenBit: boolean
  /** By index. */
  readonly treatments: ReadonlyArray<Treatment>
  /** Why long lines are left, where some are. */
  readonly leftLong?: string
}

export interface Survey {
  readonly take: (chunk: Uint8Array) => void
  readonly finish: () => Either.Either<Surveyed, Unconvertible>
}

const keep: Treatment = { _tag: "Keep" }
const keepAsSevenBit: Treatment = { _tag: "Keep", label: { encoding: "7bit" } }

const signatures = ["dkim-signature", "arc-message-signature", "domainkey-signature"]

/** Of a message that somebody signed on its way here. */
const signatureIn = (header: HeaderBlock): string | undefined =>
  signatures.find((name) => hasField(header, name))

const hasEightBit = (octets: Uint8Array): boolean => octets.some((octet) => octet > 0x7f)

/** What is learned of the content of a leaf, or of the frame. */
class Tally {
  lines = LineEnds.initial
  /** Octets that quoted-printable triples, from the first that is not ASCII on. */
  private tripled = 0
  private isBase64 = true

  take(octets: Uint8Array): void {
    this.lines = LineEnds.step(this.lines, octets).state
    this.isBase64 &&= isBase64Text(octets)
    if (!this.lines.hasEightBit) return
    for (const octet of octets) if (octet > 0x7e || octet === 0x3d) this.tripled++
  }

  isLong(): boolean {
    return Math.max(this.lines.longestLineBytes, this.lines.lineBytes) > longestLineBytes
  }

  isOfBase64(): boolean {
    return this.isBase64
  }

  /** A reader without a decoder can make something of it. */
  isLegible(): boolean {
    return 2 * this.tripled <= this.lines.sizeBytes
  }
}

class Surveying implements Survey, EntityHandler {
  private readonly root: Entity
  private readonly sevenBit: boolean
  private readonly treatments: Array<Treatment> = []
  private readonly frames = new Tally()
  private readonly reader
  private entity: Entity
  private tally = new Tally()
  private utf8: Utf8Check = makeUtf8Check()
  private obstacle: string | undefined
  private leftLong: string | undefined

  constructor(header: HeaderBlock, sevenBit: boolean) {
    this.root = rootEntity(header)
    this.entity = this.root
    this.sevenBit = sevenBit
    this.reader = makeEntityReader(this.root, this)
    const signature = signatureIn(header)
    if (signature !== undefined) this.refuse(`its ${signature} would break`)
    else this.begin(this.root, false)
  }

  take(chunk: Uint8Array): void {
    if (this.obstacle === undefined) this.reader.take(chunk)
  }

  finish(): Either.Either<Surveyed, Unconvertible> {
    if (this.obstacle === undefined) this.reader.finish()
    if (this.frames.lines.hasEightBit && this.sevenBit) this.refuse("8-bit text outside of the parts")
    if (this.frames.isLong()) this.leave("outside of the parts")
    const { leftLong, obstacle, root, sevenBit, treatments } = this
    if (obstacle !== undefined) return Either.left(new Unconvertible({ obstacle }))
    return Either.right({ root, sevenBit, treatments, ...(leftLong === undefined ? {} : { leftLong }) })
  }

  header(entity: Entity, octets: Uint8Array): void {
    this.begin(entity, hasEightBit(octets))
  }

  content(octets: Uint8Array): void {
    this.tally.take(octets)
    if (this.entity.isMessage) this.utf8.take(octets)
  }

  end(): void {
    this.treatments[this.entity.index] = this.treatmentOf(this.entity)
  }

  frame(octets: Uint8Array): void {
    this.frames.take(octets)
  }

  private begin(entity: Entity, hasEightBitHeader: boolean): void {
    const { content, header, index, isMessage } = entity
    this.entity = entity
    this.tally = new Tally()
    this.utf8 = makeUtf8Check()
    if (entity.isReadable) {
      const converted = convertHeader(header, { sevenBit: this.sevenBit, isMessage })
      if (Either.isLeft(converted)) this.refuse(`8-bit octets in ${converted.left}:`)
    } else if (hasEightBitHeader && this.sevenBit && content._tag === "Sealed") this.refuse(content.why)
    this.treatments[index] = "encoding" in content ? this.asDeclared(content.encoding) : keep
  }

  private refuse(obstacle: string): void {
    this.obstacle ??= obstacle
  }

  private leave(why: string): Treatment {
    this.leftLong ??= why
    return keep
  }

  private asDeclared(encoding: DeclaredEncoding): Treatment {
    return this.sevenBit && (encoding === "8bit" || encoding === "binary") ? keepAsSevenBit : keep
  }

  private treatmentOf({ content, header, isMessage }: Entity): Treatment {
    const { tally } = this
    const isEightBit = this.sevenBit && tally.lines.hasEightBit
    if (!isEightBit && !tally.isLong()) return this.treatments[this.entity.index] ?? keep
    const stop = (why: string): Treatment => {
      if (isEightBit) this.refuse(why)
      return this.leave(why)
    }
    if (content._tag === "Sealed") return stop(content.why)
    if (content._tag !== "Leaf") return keep
    if (content.encoding === "base64") {
      return tally.isOfBase64() ? { _tag: "Wrap" } : stop("broken MIME (base64 with other characters in it)")
    }
    const isQuotedPrintable = content.encoding === "quoted-printable"
    const encoding =
      isQuotedPrintable || (content.isText && tally.isLegible()) ? "quoted-printable" : "base64"
    const isSilent = isMessage && tally.lines.hasEightBit && !hasField(header, "content-type")
    const charset = this.utf8.isValid() ? "utf-8" : "unknown-8bit"
    return { _tag: "Encode", isQuotedPrintable, label: { encoding, ...(isSilent ? { charset } : {}) } }
  }
}

/** `sevenBit`: octets above 127 must go; else only lines that are too long. */
export const makeSurvey = (header: HeaderBlock, sevenBit: boolean): Survey => new Surveying(header, sevenBit)
