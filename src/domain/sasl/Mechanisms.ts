/**
 * Every mechanism by its name.
 *
 * Source: IANA "SASL Mechanisms"; RFC 6331 (why DIGEST-MD5 is not among them).
 */
import * as Either from "effect/Either"
import type { MechanismName } from "../smtp/Relay.ts"
import * as CramMd5 from "./CramMd5.ts"
import * as External from "./External.ts"
import * as Login from "./Login.ts"
import * as Ntlm from "./Ntlm.ts"
import * as OauthBearer from "./OauthBearer.ts"
import * as Plain from "./Plain.ts"
import type { ChannelBinding, Credentials, SaslContext, SaslCrypto, SaslProblem, SaslStart } from "./Sasl.ts"
import * as Scram from "./Scram.ts"
import { hasLogin, hasToken, isGiven, strictLogin } from "./Secret.ts"
import * as Xoauth2 from "./Xoauth2.ts"

/**
 * Whether `start` has what it needs. EXTERNAL needs a client certificate too, which only the TLS session knows of:
 * here it needs TLS.
 */
export const usable = (
  name: MechanismName,
  credentials: Credentials,
  binding: ChannelBinding | undefined
): boolean => {
  switch (name) {
    case "SCRAM-SHA-256-PLUS":
    case "SCRAM-SHA-1-PLUS":
      return Scram.canBind(binding) && Either.isRight(strictLogin(credentials))
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-1":
      return Either.isRight(strictLogin(credentials))
    case "EXTERNAL":
      return binding !== undefined
    case "XOAUTH2":
      return hasToken(credentials) && isGiven(credentials.username)
    case "OAUTHBEARER":
      return hasToken(credentials)
    case "CRAM-MD5":
    case "NTLM":
    case "PLAIN":
    case "LOGIN":
      return hasLogin(credentials)
  }
}

/** Where `usable` says no, the problem says what is wrong with the credentials. */
export const start = (
  name: MechanismName,
  credentials: Credentials,
  binding: ChannelBinding | undefined,
  crypto: SaslCrypto,
  context: SaslContext
): Either.Either<SaslStart, SaslProblem> => {
  switch (name) {
    case "SCRAM-SHA-256-PLUS":
    case "SCRAM-SHA-256":
    case "SCRAM-SHA-1-PLUS":
    case "SCRAM-SHA-1":
      return Scram.start(name, credentials, binding, crypto, context)
    case "EXTERNAL":
      return External.start(credentials)
    case "XOAUTH2":
      return Xoauth2.start(credentials)
    case "OAUTHBEARER":
      return OauthBearer.start(credentials, context)
    case "CRAM-MD5":
      return CramMd5.start(credentials, crypto)
    case "NTLM":
      return Ntlm.start(credentials, binding, crypto)
    case "PLAIN":
      return Plain.start(credentials)
    case "LOGIN":
      return Login.start(credentials)
  }
}
