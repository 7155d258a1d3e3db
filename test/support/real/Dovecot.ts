/**
 * A real Dovecot that answers AUTH for Postfix over a socket of its own and serves IMAP, for as long as a scope lasts.
 *
 * Needs root, as Dovecot's master does to start its processes under other users.
 */
import { execFileSync } from "node:child_process"
import { createHmac } from "node:crypto"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { freePort } from "../freePort.ts"
import { PartFailed } from "../PartFailed.ts"
import { findProgram, requirePart } from "../requirePart.ts"
import { makeTempDir } from "../TempDir.ts"
import { type Daemon, startDaemon } from "./Daemon.ts"

const dovecotProgram = "/usr/sbin/dovecot"

export const hasDovecot = (): boolean =>
  requirePart("dovecot, as root", () => findProgram(dovecotProgram) !== undefined && process.getuid?.() === 0)

/** Dovecot's names, lower case. */
export type DovecotMechanism =
  | "plain"
  | "login"
  | "cram-md5"
  | "scram-sha-1"
  | "scram-sha-256"
  | "xoauth2"
  | "oauthbearer"

export interface DovecotOptions {
  /** User → password; kept in clear, as CRAM-MD5 and SCRAM need. */
  readonly users: Readonly<Record<string, string>>
  readonly mechanisms?: ReadonlyArray<DovecotMechanism>
  /** Where access tokens are checked: the key of RFC 7519 tokens signed with HS256 (see `makeToken`). */
  readonly tokenKey?: string
}

export interface Dovecot {
  /** For `smtpd_sasl_path`. */
  readonly authSocket: string
  /** Serves the users' mail, without TLS. */
  readonly imapPort: number
  /** Puts a message into a user's INBOX. */
  readonly putMail: (user: string, message: string) => Effect.Effect<void>
  readonly log: Effect.Effect<string>
}

const defaultMechanisms: ReadonlyArray<DovecotMechanism> = [
  "plain",
  "login",
  "cram-md5",
  "scram-sha-1",
  "scram-sha-256"
]

const isTokenMechanism = (mechanism: DovecotMechanism): boolean =>
  mechanism === "xoauth2" || mechanism === "oauthbearer"

const configuration = (base: string, imapPort: number, options: DovecotOptions): string => {
  const mechanisms = options.mechanisms ?? defaultMechanisms
  const tokens = `
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${base}/oauth2.conf
}`
  return `
base_dir = ${base}/run
state_dir = ${base}/state
log_path = /dev/stderr
info_log_path = /dev/stderr
protocols = imap
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
first_valid_uid = 1
mail_location = maildir:${base}/mail/%u
service imap-login {
  inet_listener imap {
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
auth_mechanisms = ${mechanisms.join(" ")}
auth_verbose = yes
auth_failure_delay = 0
${options.tokenKey === undefined ? "" : tokens}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u ${base}/users
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${base}/mail/%u
}
service auth {
  unix_listener ${base}/auth.sock {
    mode = 0666
  }
}
# Failures are part of the tests: no growing delay after them.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`
}

const tokenConfiguration = (base: string): string => `
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=${base}/keys/
username_attribute = email
`

/** Where Dovecot looks for the key of a token with no `azp` and no `kid`. */
const writeTokenKey = (base: string, key: string): void => {
  const directory = `${base}/keys/default/HS256`
  fs.mkdirSync(directory, { recursive: true, mode: 0o755 })
  fs.writeFileSync(`${directory}/default`, Buffer.from(key).toString("base64"))
  fs.writeFileSync(`${base}/oauth2.conf`, tokenConfiguration(base))
}

/** An access token for `email`, signed as Dovecot's local validation wants it (RFC 7519, HS256). */
export const makeToken = (key: string, email: string, lifetimeSeconds = 3600): string => {
  const now = Math.floor(Date.now() / 1000)
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")
  const header = encode({ alg: "HS256", typ: "JWT" })
  const claims = encode({ sub: email, email, iat: now, nbf: now - 60, exp: now + lifetimeSeconds })
  const signature = createHmac("sha256", key).update(`${header}.${claims}`).digest("base64url")
  return `${header}.${claims}.${signature}`
}

const layOut = (base: string, imapPort: number, options: DovecotOptions): void => {
  fs.chmodSync(base, 0o755)
  fs.mkdirSync(`${base}/state`, { mode: 0o755 })
  for (const user of Object.keys(options.users)) {
    for (const part of ["cur", "new", "tmp"])
      fs.mkdirSync(`${base}/mail/${user}/${part}`, { recursive: true })
  }
  execFileSync("chown", ["-R", "nobody:nogroup", `${base}/mail`])
  const users = Object.entries(options.users).map(
    ([user, password]) => `${user}:{PLAIN.b64}${Buffer.from(password).toString("base64")}::::::\n`
  )
  fs.writeFileSync(`${base}/users`, users.join(""), { mode: 0o640 })
  execFileSync("chown", ["root:dovecot", `${base}/users`])
  if (options.tokenKey !== undefined) writeTokenKey(base, options.tokenKey)
  fs.writeFileSync(`${base}/dovecot.conf`, configuration(base, imapPort, options))
}

let mailNumber = 0

/** As Maildir asks: complete under another name first, then moved. */
const putMail = (base: string, user: string, message: string): void => {
  const name = `${Date.now()}.${++mailNumber}.test`
  const directory = `${base}/mail/${user}`
  fs.writeFileSync(`${directory}/tmp/${name}`, message)
  execFileSync("chown", ["nobody:nogroup", `${directory}/tmp/${name}`])
  fs.renameSync(`${directory}/tmp/${name}`, `${directory}/new/${name}`)
}

const socketAppears = (socket: string): Effect.Effect<void, PartFailed> =>
  Effect.sync(() => fs.existsSync(socket)).pipe(
    Effect.filterOrFail(
      (exists) => exists,
      () => new PartFailed({ part: "dovecot", detail: "no socket" })
    ),
    Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo("15 seconds"))),
    Effect.asVoid
  )

/** Starts a Dovecot; its end is the end of the scope. */
export const startDovecot = (options: DovecotOptions): Effect.Effect<Dovecot, PartFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const needsKey = (options.mechanisms ?? []).some(isTokenMechanism) && options.tokenKey === undefined
    if (needsKey)
      return yield* new PartFailed({ part: "dovecot", detail: "token mechanisms need a tokenKey" })
    const base = yield* makeTempDir
    const imapPort = yield* freePort
    yield* Effect.try({
      try: () => layOut(base, imapPort, options),
      catch: (cause) =>
        new PartFailed({ part: "dovecot", detail: `can't be set up: ${String(cause)}`, cause })
    })
    const authSocket = `${base}/auth.sock`
    const daemon: Daemon = yield* startDaemon({
      name: "dovecot",
      file: dovecotProgram,
      args: ["-F", "-c", `${base}/dovecot.conf`],
      logFile: `${base}/dovecot.log`,
      ready: socketAppears(authSocket)
    })
    return {
      authSocket,
      imapPort,
      putMail: (user, message) => Effect.sync(() => putMail(base, user, message)),
      log: daemon.log
    }
  })
