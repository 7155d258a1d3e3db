/** Certificates that the scripted server shows; their authority is in every user's trust store, where C looks for it. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as CertificatesFactory from "../../support/Certificates.ts"
import { type Certificate, Certificates } from "../../support/Certificates.ts"

export interface ServerCertificates {
  /** For `localhost`, by the trusted authority. */
  readonly good: Certificate
  /** For another host, by the trusted authority. */
  readonly otherHost: Certificate
  /** For `localhost`, by nobody known. */
  readonly selfSigned: Certificate
  readonly expired: Certificate
}

export class Trust extends Context.Tag("esmtp/test/parity/support/ServerCertificates/Trust")<
  Trust,
  {
    /** Of the authority, in PEM. */
    readonly authority: string
    /** A client's certificate and its key, locked with `sesame`. */
    readonly client: string
    readonly certificates: ServerCertificates
  }
>() {}

const make = Effect.gen(function* () {
  const workshop = yield* Certificates
  const authority = workshop.authority()
  const client = authority.issue({ commonName: "ada@example.org", extendedKeyUsage: "clientAuth" })
  const localhost = { commonName: "localhost", subjectAltName: "DNS:localhost" }
  return Trust.of({
    authority: authority.certificate,
    client: `${client.certificate}${workshop.encryptKey(client.key, "sesame")}`,
    certificates: {
      good: authority.issue(localhost),
      otherHost: authority.issue({ commonName: "other.example", subjectAltName: "DNS:other.example" }),
      selfSigned: workshop.selfSigned(localhost),
      expired: authority.issue({ ...localhost, validFrom: -30, validTo: -1 })
    }
  })
})

export const layer: Layer.Layer<Trust> = Layer.provide(Layer.effect(Trust, make), CertificatesFactory.layer)
