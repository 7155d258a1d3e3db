/** A real Postfix that relays only for whoever authenticates through a real Dovecot, shared by the tests of a file. */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { makeHome, type RcStatements, testCertificates } from "../EmbeddedRelay.ts"
import type { PartFailed } from "../PartFailed.ts"
import { makeTempDir, writeFiles } from "../TempDir.ts"
import { startDovecot } from "./Dovecot.ts"
import { type Postfix, startPostfix } from "./Postfix.ts"

export const account = { user: "ada", password: "horse: battery staple ü" }

export class SecureRelay extends Context.Tag("esmtp/test/support/real/SecureRelay")<SecureRelay, Postfix>() {
  static readonly layer: Layer.Layer<SecureRelay, PartFailed> = Layer.scoped(
    SecureRelay,
    Effect.gen(function* () {
      const dovecot = yield* startDovecot({ users: { [account.user]: account.password } })
      const certificates = yield* testCertificates
      const directory = yield* makeTempDir
      writeFiles(directory, { "cert.pem": certificates.certificate, "key.pem": certificates.key })
      return yield* startPostfix({
        sasl: { dovecotSocket: dovecot.authSocket },
        requireAuth: true,
        tls: { certificatePath: path.join(directory, "cert.pem"), keyPath: path.join(directory, "key.pem") }
      })
    })
  )
}

export type Security = "plain" | "starttls" | "implicit"

const policies: Readonly<Record<Security, string>> = {
  plain: "disabled",
  starttls: "required",
  implicit: "implicit"
}

/** A home whose configuration sends `address`'s mail to this relay, authenticated. */
export const secureHome = (
  relay: Postfix,
  address: string,
  security: Security = "starttls",
  more: RcStatements = {}
): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const ports = { plain: relay.plainPort, starttls: relay.starttlsPort, implicit: relay.implicitPort }
    const home = yield* makeHome({
      identity: address,
      hostname: `localhost:${ports[security]}`,
      username: account.user,
      password: account.password,
      starttls: policies[security],
      ...more
    })
    fs.appendFileSync(path.join(home, ".esmtprc"), `tls_ca_file = "${path.join(home, "ca.pem")}"\n`)
    return home
  })
