/**
 * What the identity check needs to know of a server's certificate, read from its DER.
 *
 * Node's own renderings (`subjectaltname` text, `checkServerIdentity`) are lossy or lax; these are the octets as signed.
 * Source: RFC 5280 §4.1, §4.2.1.6; RFC 3279 §2, RFC 4055 §3, RFC 8410 §3 (algorithms).
 */
import * as Option from "effect/Option"
import { childrenOf, type DerElement, derTags, objectIdentifier, readElement } from "./Der.ts"

export type SignatureHash = "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512"

export interface PublicKey {
  readonly kind: "RSA" | "EC" | "EdDSA" | "other"
  /** Of the modulus or the curve's field; 0 where unknown. */
  readonly bits: number
}

export interface LeafCertificate {
  /** Each dNSName, octets read as Latin-1: anything that is no host name stays visible and never matches. */
  readonly dnsNames: ReadonlyArray<string>
  /** Each iPAddress: 4 or 16 octets in a well-formed certificate. */
  readonly ipAddresses: ReadonlyArray<Uint8Array>
  readonly key: PublicKey
  /** Absent: the signature has no separate hash (EdDSA), or is unknown to us. */
  readonly signatureHash?: SignatureHash
}

const signatureHashes: ReadonlyMap<string, SignatureHash> = new Map([
  ["1.2.840.113549.1.1.4", "md5"],
  ["1.2.840.113549.1.1.5", "sha1"],
  ["1.2.840.113549.1.1.14", "sha224"],
  ["1.2.840.113549.1.1.11", "sha256"],
  ["1.2.840.113549.1.1.12", "sha384"],
  ["1.2.840.113549.1.1.13", "sha512"],
  ["1.2.840.10045.4.1", "sha1"],
  ["1.2.840.10045.4.3.1", "sha224"],
  ["1.2.840.10045.4.3.2", "sha256"],
  ["1.2.840.10045.4.3.3", "sha384"],
  ["1.2.840.10045.4.3.4", "sha512"],
  ["1.2.840.10040.4.3", "sha1"],
  // Digests themselves, as parameters of RSASSA-PSS.
  ["1.3.14.3.2.26", "sha1"],
  ["2.16.840.1.101.3.4.2.4", "sha224"],
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"]
])

const rsassaPss = "1.2.840.113549.1.1.10"
const rsaKeys = new Set(["1.2.840.113549.1.1.1", rsassaPss])
const ecPublicKey = "1.2.840.10045.2.1"
const edwardsBits = new Map([
  ["1.3.101.112", 256],
  ["1.3.101.113", 456]
])
const curveBits = new Map([
  ["1.2.840.10045.3.1.1", 192],
  ["1.3.132.0.33", 224],
  ["1.2.840.10045.3.1.7", 256],
  ["1.3.132.0.10", 256],
  ["1.3.132.0.34", 384],
  ["1.3.132.0.35", 521],
  ["1.3.36.3.3.2.8.1.1.7", 256],
  ["1.3.36.3.3.2.8.1.1.11", 384],
  ["1.3.36.3.3.2.8.1.1.13", 512]
])
const subjectAltName = "2.5.29.17"

const sequenceAt = (bytes: Uint8Array, element: DerElement | undefined) =>
  element?.tag === derTags.sequence ? childrenOf(bytes, element) : Option.none()

const oidAt = (bytes: Uint8Array, element: DerElement | undefined): string =>
  element?.tag === derTags.objectIdentifier ? objectIdentifier(bytes, element) : ""

/** RFC 4055 §3.1: the hash stands in `[0]` of the parameters; absent means SHA-1. */
const pssHash = (bytes: Uint8Array, parameters: DerElement | undefined): SignatureHash => {
  const hash = sequenceAt(bytes, parameters).pipe(
    Option.flatMap((fields) => Option.fromNullable(fields.find((field) => field.tag === derTags.context0))),
    Option.flatMap((field) => readElement(bytes, field.start, field.end)),
    Option.flatMap((algorithm) => sequenceAt(bytes, algorithm)),
    Option.flatMap(([oid]) => Option.fromNullable(signatureHashes.get(oidAt(bytes, oid))))
  )
  return Option.getOrElse(hash, (): SignatureHash => "sha1")
}

const signatureHashOf = (bytes: Uint8Array, algorithm: DerElement | undefined): SignatureHash | undefined => {
  const [oid, parameters] = Option.getOrElse(
    sequenceAt(bytes, algorithm),
    (): ReadonlyArray<DerElement> => []
  )
  const name = oidAt(bytes, oid)
  return name === rsassaPss ? pssHash(bytes, parameters) : signatureHashes.get(name)
}

const bitLength = (bytes: Uint8Array, integer: DerElement): number => {
  let first = integer.start
  while (first < integer.end && bytes[first] === 0) first++
  return first === integer.end ? 0 : (integer.end - first) * 8 - Math.clz32((bytes[first] ?? 0) << 24)
}

const rsaBits = (bytes: Uint8Array, key: DerElement): number =>
  // The first octet of a BIT STRING counts its unused bits.
  readElement(bytes, key.start + 1, key.end).pipe(
    Option.flatMap((body) => sequenceAt(bytes, body)),
    Option.flatMap(([modulus]) => Option.fromNullable(modulus)),
    Option.match({ onNone: () => 0, onSome: (modulus) => bitLength(bytes, modulus) })
  )

const publicKeyOf = (bytes: Uint8Array, info: DerElement | undefined): PublicKey => {
  const [algorithm, key] = Option.getOrElse(sequenceAt(bytes, info), (): ReadonlyArray<DerElement> => [])
  const [oid, curve] = Option.getOrElse(sequenceAt(bytes, algorithm), (): ReadonlyArray<DerElement> => [])
  const name = oidAt(bytes, oid)
  const edwards = edwardsBits.get(name)
  if (edwards !== undefined) return { kind: "EdDSA", bits: edwards }
  if (name === ecPublicKey) return { kind: "EC", bits: curveBits.get(oidAt(bytes, curve)) ?? 0 }
  if (rsaKeys.has(name) && key?.tag === derTags.bitString) return { kind: "RSA", bits: rsaBits(bytes, key) }
  return { kind: "other", bits: 0 }
}

const latin1 = (bytes: Uint8Array, { start, end }: DerElement): string => {
  let text = ""
  for (let index = start; index < end; index++) text += String.fromCharCode(bytes[index] ?? 0)
  return text
}

/** GeneralNames of the subjectAltName extension: `[2]` dNSName, `[7]` iPAddress. */
const alternativeNames = (
  bytes: Uint8Array,
  extensions: DerElement | undefined
): ReadonlyArray<DerElement> => {
  const list = Option.fromNullable(extensions).pipe(
    Option.flatMap((wrapper) => readElement(bytes, wrapper.start, wrapper.end)),
    Option.flatMap((sequence) => sequenceAt(bytes, sequence)),
    Option.getOrElse((): ReadonlyArray<DerElement> => [])
  )
  for (const extension of list) {
    const fields = Option.getOrElse(sequenceAt(bytes, extension), (): ReadonlyArray<DerElement> => [])
    if (oidAt(bytes, fields[0]) !== subjectAltName) continue
    return Option.fromNullable(fields.find((field) => field.tag === derTags.octetString)).pipe(
      Option.flatMap((value) => readElement(bytes, value.start, value.end)),
      Option.flatMap((names) => sequenceAt(bytes, names)),
      Option.getOrElse((): ReadonlyArray<DerElement> => [])
    )
  }
  return []
}

/** None: not a certificate. Total for any octets, and linear in their number. */
export const parse = (der: Uint8Array): Option.Option<LeafCertificate> =>
  Option.gen(function* () {
    const certificate = yield* readElement(der, 0, der.length)
    const [body, signatureAlgorithm] = yield* sequenceAt(der, certificate)
    const fields = yield* sequenceAt(der, body)
    // `version [0]` is absent in version 1; six fields follow before the optional ones.
    const afterVersion = fields[0]?.tag === derTags.context0 ? fields.slice(1) : fields
    const keyInfo = yield* Option.fromNullable(afterVersion[5])
    const names = alternativeNames(
      der,
      afterVersion.find((field) => field.tag === derTags.context3)
    )
    const signatureHash = signatureHashOf(der, signatureAlgorithm)
    return {
      dnsNames: names.filter(({ tag }) => tag === 0x82).map((name) => latin1(der, name)),
      ipAddresses: names.filter(({ tag }) => tag === 0x87).map(({ start, end }) => der.subarray(start, end)),
      key: publicKeyOf(der, keyInfo),
      ...(signatureHash === undefined ? {} : { signatureHash })
    }
  })
