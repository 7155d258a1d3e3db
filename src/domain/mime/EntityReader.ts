/**
 * Cuts the body of a message into the entities it is made of, chunk by chunk, in constant memory.
 *
 * Every octet of the body is told exactly once and in order: in a header, as the content of a leaf, or as the frame around
 * them (delimiters with the line end before, preambles, epilogues). Where the structure leaves two readings, an entity is
 * sealed: its octets pass, and whoever would have to change them must refuse.
 *
 * Source: RFC 2046 §5.1.1 (delimiters), §5.1.2 (an outer delimiter ends what is inside), §5.2.1 (embedded messages).
 */
import * as Either from "effect/Either"
import { fromBytes } from "../mail/ByteString.ts"
import { type HeaderBlock, parseHeaderBlock } from "../mail/HeaderBlock.ts"
import { type Content, readContent } from "./ContentFields.ts"
import * as Limits from "./Limits.ts"

export interface Entity {
  /** 0 for the message itself, then in the order of the headers. */
  readonly index: number
  readonly header: HeaderBlock
  /** The header is one; else `header` is only what could be made of it. */
  readonly isReadable: boolean
  /** It begins a message, the whole one or an embedded one. */
  readonly isMessage: boolean
  readonly content: Content
}

export interface EntityHandler {
  /** `octets`: the header as it stands, with the empty line if there is one. Not told of the message itself. */
  readonly header: (entity: Entity, octets: Uint8Array) => void
  /** Of the leaf, or sealed entity, whose header was told last. */
  readonly content: (octets: Uint8Array) => void
  /** That leaf ends. `isLast`: nothing follows it. */
  readonly end: (isLast: boolean) => void
  readonly frame: (octets: Uint8Array) => void
}

export interface EntityReader {
  /** Canonical octets. They are not kept. */
  readonly take: (chunk: Uint8Array) => void
  readonly finish: () => void
}

const cr = 0x0d
const lf = 0x0a
const dash = 0x2d

const emptyHeader: HeaderBlock = { fields: [], nulsDropped: 0 }

export const rootEntity = (header: HeaderBlock): Entity => ({
  index: 0,
  header,
  isReadable: true,
  isMessage: true,
  content: readContent(header, false)
})

interface Open {
  readonly entity: Entity
  /** Absent for embedded messages, which end with what surrounds them. */
  readonly boundary?: string
}

const joined = (first: Uint8Array, second: Uint8Array): Uint8Array => {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

const fieldLine = /^(?:[!-9;-~]+[ \t]*:|[ \t])/

const isHeaderLine = (octets: Uint8Array, isFirst: boolean): boolean => {
  // A name is never longer than a line may be, so its beginning tells.
  const text = fromBytes(octets.subarray(0, Limits.delimiterBytes))
  return fieldLine.test(text) && !(isFirst && /^[ \t]/.test(text))
}

class Reading implements EntityReader {
  private readonly handler: EntityHandler
  private readonly open: Array<Open> = []
  /** The leaf whose content is read; absent: in the frame. */
  private hasLeaf = false
  private inHeader = false
  /** The header that is read begins an embedded message. */
  private isMessage = false
  private index = 0
  /** Octets that can't be told yet: the beginning of a header, or of what may be a delimiter. */
  private carry: Uint8Array = new Uint8Array(0)
  /** The next octet begins a line without a line end of the content before it. */
  private isFresh = true

  constructor(root: Entity, handler: EntityHandler) {
    this.handler = handler
    this.enter(root)
  }

  take(chunk: Uint8Array): void {
    const octets = joined(this.carry, chunk)
    this.carry = new Uint8Array(0)
    let at = 0
    while (at < octets.length) at = this.inHeader ? this.readHeader(octets, at) : this.readBody(octets, at)
  }

  finish(): void {
    const rest = this.carry
    this.carry = new Uint8Array(0)
    if (this.inHeader) this.openEntity(rest)
    else if (rest.length > 0) this.tell(rest)
    if (this.inHeader) this.openEntity(new Uint8Array(0))
    if (this.hasLeaf) this.handler.end(true)
    this.hasLeaf = false
  }

  private tell(octets: Uint8Array): void {
    if (octets.length === 0) return
    if (this.hasLeaf) this.handler.content(octets)
    else this.handler.frame(octets)
  }

  /** Keeps what begins at `from` until more is there. */
  private wait(octets: Uint8Array, from: number): number {
    this.carry = octets.slice(from)
    return octets.length
  }

  private enter(entity: Entity): void {
    const { content } = entity
    this.inHeader = content._tag === "Message"
    this.isMessage = this.inHeader
    this.hasLeaf = content._tag === "Leaf" || content._tag === "Sealed"
    this.isFresh = true
    if (content._tag === "Multipart") this.open.push({ entity, boundary: content.boundary })
    if (content._tag === "Message") this.open.push({ entity })
  }

  private openEntity(octets: Uint8Array, flaw?: string): void {
    const parsed = parseHeaderBlock(octets)
    const header = Either.getOrElse(parsed, () => emptyHeader)
    const around = this.open[this.open.length - 1]?.entity.content
    const isInDigest = around?._tag === "Multipart" && around.isDigest
    const unreadable = flaw ?? (Either.isLeft(parsed) ? parsed.left.detail : undefined)
    const why =
      unreadable ??
      (this.open.length >= Limits.depth ? "entities nested too deeply" : undefined) ??
      (this.index >= Limits.entities ? "too many entities" : undefined)
    const entity: Entity = {
      index: ++this.index,
      header,
      isReadable: unreadable === undefined,
      isMessage: this.isMessage,
      content: why === undefined ? readContent(header, isInDigest) : { _tag: "Sealed", why }
    }
    this.handler.header(entity, octets)
    this.enter(entity)
  }

  /** Reads the header that begins at `from`; returns where it ends. */
  private readHeader(octets: Uint8Array, from: number): number {
    let at = from
    while (true) {
      const end = octets.indexOf(lf, at) + 1
      const isUnending = (end === 0 ? octets.length : end) - from > Limits.partHeaderBytes
      if (end === 0 && !isUnending) return this.wait(octets, from)
      const line = octets.subarray(at, end === 0 ? octets.length : end)
      if (line.length === 2 && line[0] === cr) {
        this.openEntity(octets.subarray(from, end))
        return end
      }
      if (this.delimiterIn(line) !== undefined) {
        this.openEntity(octets.subarray(from, at))
        return at
      }
      if (isUnending || !isHeaderLine(line, at === from)) {
        this.openEntity(octets.subarray(from, at), "broken MIME (a part whose header can't be read)")
        return at
      }
      at = end
    }
  }

  /** Tells content or frame from `from` on; returns where a header begins, or the end. */
  private readBody(octets: Uint8Array, from: number): number {
    let told = from
    let line = this.isFresh ? from : octets.indexOf(lf, from) + 1
    while (line > 0 || (line === from && this.isFresh)) {
      // The line end before a delimiter belongs to it.
      const edge = line - 2 >= told ? line - 2 : line
      const mayDelimit =
        (line >= octets.length || octets[line] === dash) &&
        (line + 1 >= octets.length || octets[line + 1] === dash)
      const end = octets.indexOf(lf, line) + 1
      if (end === 0 && mayDelimit && octets.length - line <= Limits.delimiterBytes) {
        this.tell(octets.subarray(told, edge))
        this.isFresh = edge === line
        return this.wait(octets, edge)
      }
      const found = mayDelimit ? this.delimiterIn(octets.subarray(line, end)) : undefined
      if (found !== undefined) {
        this.tell(octets.subarray(told, edge))
        this.passDelimiter(found, octets.subarray(edge, end))
        if (this.inHeader) return end
        told = end
      }
      line = end
      if (end === 0) break
    }
    // In the middle of a line; its end may be cut in two.
    const stop = octets[octets.length - 1] === cr ? octets.length - 1 : octets.length
    this.tell(octets.subarray(told, stop))
    this.isFresh = false
    return this.wait(octets, stop)
  }

  /** The open multipart that a line delimits, counted from outside, and whether it ends it. */
  private delimiterIn(line: Uint8Array): { readonly position: number; readonly closes: boolean } | undefined {
    if (line[0] !== dash || line[1] !== dash || line.length > Limits.delimiterBytes) return undefined
    const text = fromBytes(line).replace(/[ \t]*\r\n$/, "")
    for (let position = this.open.length - 1; position >= 0; position--) {
      const boundary = this.open[position]?.boundary
      if (boundary === undefined) continue
      if (text === `--${boundary}`) return { position, closes: false }
      if (text === `--${boundary}--`) return { position, closes: true }
    }
    return undefined
  }

  private passDelimiter(
    { position, closes }: { readonly position: number; readonly closes: boolean },
    octets: Uint8Array
  ): void {
    if (this.hasLeaf) this.handler.end(false)
    this.hasLeaf = false
    this.open.length = closes ? position : position + 1
    this.handler.frame(octets)
    this.inHeader = !closes
    this.isMessage = false
    this.isFresh = true
  }
}

export const makeEntityReader = (root: Entity, handler: EntityHandler): EntityReader =>
  new Reading(root, handler)
