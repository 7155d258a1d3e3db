/** Random MIME messages, and a reader of such messages that has nothing in common with the one that is tested. */
import * as FastCheck from "effect/FastCheck"
import { asOctets, decodeStructured } from "./encodedText.ts"
import { decodeQuotedPrintable } from "./octetCoders.ts"

/** What a reader makes of an entity. Octets as characters. */
export type Decoded =
  | { readonly type: string; readonly subject: string; readonly content: string }
  | { readonly type: string; readonly subject: string; readonly children: ReadonlyArray<Decoded> }

const fieldOf = (header: string, name: string): string =>
  new RegExp(`^${name}:(.*)$`, "im").exec(header.replace(/\r\n(?=[ \t])/g, ""))?.[1]?.trim() ?? ""

const contentOf = (encoding: string, body: string): string => {
  switch (encoding) {
    case "base64":
      return Buffer.from(body, "base64").toString("latin1")
    case "quoted-printable":
      return decodeQuotedPrintable(body)
    default:
      return body
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

/** Of a whole entity, header and body, in canonical form. */
export const decode = (entity: string): Decoded => {
  const [, header = "", body = ""] = /^((?:[^\r\n][^\n]*\r\n)*)(?:\r\n([\s\S]*))?$/.exec(entity) ?? []
  const value = fieldOf(header, "Content-Type")
  const type = value.replace(/;[\s\S]*/, "").toLowerCase() || "text/plain"
  const subject = decodeStructured(fieldOf(header, "Subject"))
  const encoding = fieldOf(header, "Content-Transfer-Encoding").toLowerCase()
  const boundary = /boundary="?([^";]*)/.exec(value)?.[1]
  if (type.startsWith("multipart/") && boundary !== undefined) {
    const line = escaped(boundary)
    const [inside = ""] = `\r\n${body}`.split(new RegExp(`\\r\\n--${line}--[ \\t]*(?:\\r\\n|$)`))
    const [, ...parts] = inside.split(new RegExp(`\\r\\n--${line}[ \\t]*(?=\\r\\n)`))
    return { type, subject, children: parts.map((part) => decode(part.slice(2))) }
  }
  if (type === "message/rfc822") return { type, subject, children: [decode(body)] }
  return { type, subject, content: contentOf(encoding, body) }
}

const words = FastCheck.constantFrom(
  "plain",
  "Grüße",
  "=",
  "日本語",
  "a=20b",
  "-- ",
  "é",
  "\u00a0",
  "x".repeat(90)
)

const subject = FastCheck.array(words, { maxLength: 4 }).map((some) => some.join(" ").trim())

const line = FastCheck.oneof(
  { weight: 5, arbitrary: FastCheck.array(words, { maxLength: 6 }).map((some) => asOctets(some.join(" "))) },
  FastCheck.constantFrom(
    "",
    " ",
    ".",
    "..",
    "--",
    "-- ",
    "--b1x",
    "--b",
    "From x",
    "\xff\xfe",
    "\t",
    "=",
    "tail  "
  ),
  FastCheck.constantFrom("long ".repeat(400), "l".repeat(998), "l".repeat(999), "\xe9".repeat(1200))
)

/** Canonical, each line ended. */
const content = FastCheck.array(line, { maxLength: 8 }).map((lines) =>
  lines.map((each) => `${each}\r\n`).join("")
)

const encodings = FastCheck.constantFrom("", "7bit", "8bit", "binary")

const field = (name: string, value: string): string => (value === "" ? "" : `${name}: ${value}\r\n`)

const leaf = FastCheck.record({
  type: FastCheck.constantFrom(
    "",
    "text/plain; charset=utf-8",
    "text/html",
    "application/octet-stream",
    "image/png; name=x.png",
    "message/global"
  ),
  encoding: encodings,
  subject,
  content,
  form: FastCheck.constantFrom("plain", "plain", "plain", "base64", "one line of base64")
}).map(({ type, encoding, subject: about, content: octets, form }) => {
  const base64 = Buffer.from(octets, "latin1").toString("base64")
  const lines = base64.match(form === "base64" ? /.{1,76}/g : /.+/g) ?? []
  const head = field("Content-Type", type) + asOctets(field("Subject", about))
  return form === "plain"
    ? `${head}${field("Content-Transfer-Encoding", encoding)}\r\n${octets}`
    : `${head}Content-Transfer-Encoding: base64\r\n\r\n${lines.map((each) => `${each}\r\n`).join("")}`
})

interface Depth {
  readonly left: number
  /** Part of its boundaries, so that none is another's. */
  readonly name: string
}

const multipart = ({ left, name }: Depth): FastCheck.Arbitrary<string> =>
  FastCheck.record({
    kind: FastCheck.constantFrom("mixed", "alternative", "related"),
    encoding: encodings,
    subject,
    preamble: FastCheck.constantFrom("", "preamble\r\n", "a\r\n\r\n--\r\n"),
    padding: FastCheck.constantFrom("", " ", "\t"),
    closing: FastCheck.constantFrom("close", "close", "close", "none"),
    epilogue: FastCheck.constantFrom("", "epilogue\r\n"),
    children: FastCheck.array(
      FastCheck.nat(9).chain((index) => entity({ left: left - 1, name: `${name}.${index}` })),
      { minLength: 1, maxLength: 3 }
    )
  }).map(({ kind, encoding, subject: about, preamble, padding, closing, epilogue, children }) => {
    const boundary = `b ${name}`
    const head = field("Content-Type", `multipart/${kind};\r\n boundary="${boundary}"`)
    const parts = children.map((child) => `--${boundary}${padding}\r\n${child}\r\n`).join("")
    const end = closing === "none" ? "" : `--${boundary}--${padding}\r\n${epilogue}`
    return `${head}${asOctets(field("Subject", about))}${field("Content-Transfer-Encoding", encoding)}\r\n${preamble}${parts}${end}`
  })

const embedded = ({ left, name }: Depth): FastCheck.Arbitrary<string> =>
  FastCheck.tuple(encodings, entity({ left: left - 1, name: `${name}.m` })).map(
    ([encoding, child]) =>
      `Content-Type: message/rfc822\r\n${field("Content-Transfer-Encoding", encoding)}\r\n${child}`
  )

const entity = (depth: Depth): FastCheck.Arbitrary<string> =>
  depth.left === 0 ? leaf : FastCheck.oneof(leaf, { weight: 2, arbitrary: multipart(depth) }, embedded(depth))

/** A whole message in canonical form, octets as characters; what is in it can be converted. */
export const message: FastCheck.Arbitrary<string> = FastCheck.tuple(
  FastCheck.constantFrom("", "From: Jörg <j@example.org>\r\n", 'To: "Büro, A" <b@example.org>\r\n'),
  FastCheck.constantFrom("", "MIME-Version: 1.0\r\n"),
  entity({ left: 3, name: "1" })
).map(([addresses, version, rest]) => `${asOctets(addresses)}${version}${rest}`)
