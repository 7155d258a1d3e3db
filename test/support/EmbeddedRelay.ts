/** The embedded SMTP server, and homes whose `.esmtprc` points at a relay, as scoped resources. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { makeCertificates } from "../../scripts/certificates.mjs"
import {
  type EmbeddedServerOptions,
  type ReceivedMail,
  startEmbeddedServer
} from "../../scripts/embeddedServer.mjs"
import { makeTempDir, writeFiles } from "./TempDir.ts"

export interface EmbeddedRelay {
  readonly port: number
  readonly messages: ReadonlyArray<ReceivedMail>
  /** The authority to trust, in PEM. */
  readonly authority: string
}

export interface TestCertificates {
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

let made: Promise<TestCertificates> | undefined

/** One authority and one certificate for `localhost` per test process: making keys takes its time. */
export const testCertificates: Effect.Effect<TestCertificates> = Effect.promise(() => {
  made ??= makeCertificates()
  return made
})

export const startEmbeddedRelay = (
  options: Omit<EmbeddedServerOptions, "certificates">
): Effect.Effect<EmbeddedRelay, never, Scope.Scope> =>
  Effect.gen(function* () {
    const certificates = yield* testCertificates
    const server = yield* Effect.acquireRelease(
      Effect.promise(() => startEmbeddedServer({ ...options, certificates })),
      (started) => Effect.promise(() => started.close())
    )
    return { port: server.port, messages: server.messages, authority: certificates.authority }
  })

/** Statements of an identity section, value quoted. */
export type RcStatements = Readonly<Record<string, string>>

const bareKeywords = new Set(["starttls", "tls", "message_id", "delivery_mode", "plaintext_auth", "auth"])

/** An `.esmtprc` of one section; the keywords that take a bare word get one. */
export const renderRc = (statements: RcStatements): string =>
  Object.entries(statements)
    .map(([keyword, value]) => `${keyword} = ${bareKeywords.has(keyword) ? value : `"${value}"`}\n`)
    .join("")

/** A home directory with this configuration, mode 0600, and the authority to trust in `ca.pem`. */
export const makeHome = (statements: RcStatements): Effect.Effect<string, never, Scope.Scope> =>
  Effect.gen(function* () {
    const home = yield* makeTempDir
    const { authority } = yield* testCertificates
    writeFiles(home, { ".esmtprc": renderRc(statements), "ca.pem": authority })
    return home
  })
