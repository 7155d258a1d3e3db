/**
 * SCRAM-SHA-1 and SCRAM-SHA-256, with channel binding as their -PLUS variants: both sides prove that they know the
 * password, and neither tells it.
 *
 * Source: RFC 5802 §3, §5, §7; RFC 7677 §3; RFC 5929 §4 (tls-server-end-point); RFC 9266 (tls-exporter).
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { awaiting, badChallenge, complete, turn } from "./Exchange.ts"
import { concat, empty, equals, toBase64, utf8, xor } from "./Octets.ts"
import {
  type ChannelBinding,
  type Credentials,
  type SaslContext,
  type SaslCrypto,
  type SaslExchange,
  SaslProblem,
  type SaslStart
} from "./Sasl.ts"
import { saslName } from "./SaslName.ts"
import { parseServerFinal, parseServerFirst, type ServerFirst } from "./ScramMessages.ts"
import { type Login, strictLogin } from "./Secret.ts"

export type ScramName = "SCRAM-SHA-256-PLUS" | "SCRAM-SHA-256" | "SCRAM-SHA-1-PLUS" | "SCRAM-SHA-1"

interface Variant {
  readonly digest: "sha1" | "sha256"
  readonly digestBytes: number
  readonly bindsChannel: boolean
}

const variants: Record<ScramName, Variant> = {
  "SCRAM-SHA-256-PLUS": { digest: "sha256", digestBytes: 32, bindsChannel: true },
  "SCRAM-SHA-256": { digest: "sha256", digestBytes: 32, bindsChannel: false },
  "SCRAM-SHA-1-PLUS": { digest: "sha1", digestBytes: 20, bindsChannel: true },
  "SCRAM-SHA-1": { digest: "sha1", digestBytes: 20, bindsChannel: false }
}

const nonceBytes = 18

/** RFC 5802 §6 `gs2-header` and the data it binds. */
interface Gs2 {
  readonly header: string
  readonly data: Uint8Array
}

/** The exporter is there only with TLS 1.3, where RFC 9266 §1 wants it; the certificate's hash serves TLS 1.2. */
const bound = (binding: ChannelBinding | undefined): Option.Option<Gs2> => {
  if (binding?.exporter !== undefined)
    return Option.some({ header: "p=tls-exporter,,", data: binding.exporter })
  if (binding?.serverEndPoint !== undefined) {
    return Option.some({ header: "p=tls-server-end-point,,", data: binding.serverEndPoint })
  }
  return Option.none()
}

export const canBind = (binding: ChannelBinding | undefined): boolean => Option.isSome(bound(binding))

/** `y` tells the server that we could bind and saw no -PLUS, so that it notices when someone removed it from its list. */
const gs2 = (
  name: ScramName,
  binding: ChannelBinding | undefined,
  offered: ReadonlyArray<string>
): Either.Either<Gs2, SaslProblem> => {
  const channel = bound(binding)
  if (variants[name].bindsChannel) {
    return Either.fromOption(
      channel,
      () => new SaslProblem({ reason: "BadCredentials", detail: "no TLS channel to bind to" })
    )
  }
  const sawPlus = offered.includes(`${name}-PLUS`)
  return Either.right({ header: Option.isSome(channel) && !sawPlus ? "y,," : "n,,", data: empty })
}

interface Proof {
  readonly clientFinal: string
  readonly serverSignature: Uint8Array
}

interface Opening {
  readonly variant: Variant
  readonly gs2: Gs2
  readonly login: Login
  readonly nonce: string
  readonly clientFirstBare: string
}

/** RFC 5802 §3, in its names. */
const prove = (opening: Opening, serverFirst: ServerFirst, crypto: SaslCrypto): Proof => {
  const { digest, digestBytes } = opening.variant
  const password = utf8(opening.login.password)
  const saltedPassword = crypto.pbkdf2(
    digest,
    password,
    serverFirst.salt,
    serverFirst.iterations,
    digestBytes
  )
  const clientKey = crypto.hmac(digest, saltedPassword, utf8("Client Key"))
  const storedKey = crypto.hash(digest, clientKey)
  const channelBinding = toBase64(concat(utf8(opening.gs2.header), opening.gs2.data))
  const withoutProof = `c=${channelBinding},r=${serverFirst.nonce}`
  const authMessage = utf8(`${opening.clientFirstBare},${serverFirst.text},${withoutProof}`)
  const clientProof = xor(clientKey, crypto.hmac(digest, storedKey, authMessage))
  const serverKey = crypto.hmac(digest, saltedPassword, utf8("Server Key"))
  return {
    clientFinal: `${withoutProof},p=${toBase64(clientProof)}`,
    serverSignature: crypto.hmac(digest, serverKey, authMessage)
  }
}

const unverified = (detail: string) => new SaslProblem({ reason: "ServerUnverified", detail })

const awaitingServer = (respond: SaslExchange["respond"]): SaslExchange =>
  awaiting(respond, unverified("server reported success without proving that it knows the password"))

const awaitingServerFinal = (serverSignature: Uint8Array): SaslExchange =>
  awaitingServer((challenge) =>
    Either.flatMap(parseServerFinal(challenge), (final) =>
      equals(final.signature, serverSignature)
        ? Either.right(turn(empty, complete))
        : Either.left(unverified("server's signature is wrong: it does not know the password"))
    )
  )

const awaitingServerFirst = (opening: Opening, crypto: SaslCrypto): SaslExchange =>
  awaitingServer((challenge) =>
    Either.gen(function* () {
      const serverFirst = yield* parseServerFirst(challenge)
      const extendsOurs = serverFirst.nonce.startsWith(opening.nonce) && serverFirst.nonce !== opening.nonce
      if (!extendsOurs) return yield* Either.left(badChallenge("server's nonce does not extend ours"))
      const proof = prove(opening, serverFirst, crypto)
      return turn(utf8(proof.clientFinal), awaitingServerFinal(proof.serverSignature))
    })
  )

export const start = (
  name: ScramName,
  credentials: Credentials,
  binding: ChannelBinding | undefined,
  crypto: SaslCrypto,
  context: SaslContext
): Either.Either<SaslStart, SaslProblem> =>
  Either.gen(function* () {
    const login = yield* strictLogin(credentials)
    const header = yield* gs2(name, binding, context.offered)
    const nonce = toBase64(crypto.randomBytes(nonceBytes))
    const clientFirstBare = `n=${saslName(login.username)},r=${nonce}`
    const opening = { variant: variants[name], gs2: header, login, nonce, clientFirstBare }
    return {
      mechanism: name,
      initialResponse: utf8(header.header + clientFirstBare),
      exchange: awaitingServerFirst(opening, crypto)
    }
  })
