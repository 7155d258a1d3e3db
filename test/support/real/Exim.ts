/**
 * A real Exim as relay, in directories of its own, on high ports of 127.0.0.1, for as long as a scope lasts.
 *
 * It has what Postfix with Dovecot lacks: EXTERNAL by client certificate. Needs root, and the user that Debian's Exim is
 * built to run as.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { freePort, waitForPort } from "../freePort.ts"
import { PartFailed } from "../PartFailed.ts"
import { findProgram, programPath, requirePart } from "../requirePart.ts"
import { makeTempDir } from "../TempDir.ts"
import { startDaemon } from "./Daemon.ts"
import { type MessageSink, makeSink } from "./MessageSink.ts"

const eximUser = "Debian-exim"

const eximProgram = "/usr/sbin/exim4"

const runs = (program: string): boolean => {
  try {
    execFileSync(program, ["-C", "/dev/null", "-bV"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
}

export const hasExim = (): boolean =>
  requirePart("exim4-daemon-heavy, as root", () => {
    const program = findProgram(eximProgram)
    return program !== undefined && process.getuid?.() === 0 && runs(program)
  })

export interface EximOptions {
  readonly tls?: {
    readonly certificatePath: string
    readonly keyPath: string
    readonly clientCaPath?: string
  }
  /** User → password, for PLAIN, LOGIN and CRAM-MD5. */
  readonly users?: Readonly<Record<string, string>>
  /** Offers EXTERNAL to whoever shows a certificate of `tls.clientCaPath`; the user is its common name. */
  readonly external?: boolean
  /** Relays only for those who have authenticated. */
  readonly requireAuth?: boolean
  /** Further main settings, as in Exim's configuration. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface Exim {
  /** STARTTLS offered if there is a certificate; AUTH in clear allowed. */
  readonly port: number
  readonly implicitPort: number
  readonly sink: MessageSink
  readonly log: Effect.Effect<string>
}

const tlsSettings = (options: EximOptions, implicitPort: number): Readonly<Record<string, string>> =>
  options.tls === undefined
    ? {}
    : {
        tls_advertise_hosts: "*",
        tls_certificate: options.tls.certificatePath,
        tls_privatekey: options.tls.keyPath,
        tls_on_connect_ports: String(implicitPort),
        ...(options.tls.clientCaPath === undefined
          ? {}
          : { tls_verify_certificates: options.tls.clientCaPath, tls_try_verify_hosts: "*" })
      }

const passwordAuthenticators = `
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if eq{$auth3}{\${lookup{$auth2}lsearch{USERS}{$value}fail}}}
  server_set_id = $auth2

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if eq{$auth2}{\${lookup{$auth1}lsearch{USERS}{$value}fail}}}
  server_set_id = $auth1

cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${lookup{$auth1}lsearch{USERS}{$value}fail}
  server_set_id = $auth1
`

const externalAuthenticator = `
external:
  driver = external
  public_name = EXTERNAL
  server_advertise_condition = $tls_in_certificate_verified
  server_param2 = \${certextract {subject,CN}{$tls_in_peercert}}
  server_condition = \${if or{{eq{$auth1}{}}{eq{$auth1}{$auth2}}}}
  server_set_id = $auth2
`

interface Place {
  readonly base: string
  readonly port: number
  readonly implicitPort: number
  readonly program: string
}

const configuration = (place: Place, options: EximOptions): string => {
  const main = {
    primary_hostname: "relay.example",
    exim_path: place.program,
    spool_directory: `${place.base}/spool`,
    log_file_path: `${place.base}/log/%slog`,
    pid_file_path: `${place.base}/exim.pid`,
    local_interfaces: "127.0.0.1",
    daemon_smtp_ports: `${place.port} : ${place.implicitPort}`,
    acl_smtp_rcpt: options.requireAuth === true ? "authenticated" : "accept",
    acl_smtp_data: "accept",
    host_lookup: "",
    rfc1413_hosts: "",
    message_size_limit: "0",
    chunking_advertise_hosts: "*",
    dsn_advertise_hosts: "*",
    smtputf8_advertise_hosts: "*",
    accept_8bitmime: "yes",
    never_users: "",
    keep_environment: "",
    // It would lose root's rights anyway when it starts itself again with a configuration of ours.
    deliver_drop_privilege: "yes",
    ...tlsSettings(options, place.implicitPort),
    ...options.settings
  }
  const lines = Object.entries(main).map(([name, value]) => `${name} = ${value}\n`)
  return `
USERS = ${place.base}/users
${lines.join("")}
begin acl
authenticated:
  accept authenticated = *
  deny message = 5.7.1 authenticate first

begin routers
all:
  driver = accept
  transport = sink

begin transports
sink:
  driver = pipe
  command = /bin/sh ${place.base}/deliver $pipe_addresses
  batch_max = 1000
  return_fail_output
  message_prefix =
  message_suffix =

begin authenticators
${options.users === undefined ? "" : passwordAuthenticators}
${options.external === true ? externalAuthenticator : ""}
`
}

const readLog = (base: string): Effect.Effect<string> =>
  Effect.sync(() =>
    ["main", "reject", "panic"]
      .map((name) => `${base}/log/${name}log`)
      .filter((file) => fs.existsSync(file))
      .map((file) => fs.readFileSync(file, "utf8"))
      .join("")
  )

const layOut = (place: Place, options: EximOptions): MessageSink => {
  fs.chmodSync(place.base, 0o755)
  for (const directory of ["spool", "log"]) {
    fs.mkdirSync(`${place.base}/${directory}`)
    execFileSync("chown", [eximUser, `${place.base}/${directory}`])
  }
  const sink = makeSink(`${place.base}/sink`, eximUser, readLog(place.base))
  // Exim lets nothing that a client said into a command line, but for the recipients.
  fs.writeFileSync(`${place.base}/deliver`, `exec /bin/sh ${sink.script} "$SENDER" "$@"\n`, { mode: 0o755 })
  const users = Object.entries(options.users ?? {}).map(([user, password]) => `${user}: ${password}\n`)
  fs.writeFileSync(`${place.base}/users`, users.join(""), { mode: 0o640 })
  execFileSync("chown", [`root:${eximUser}`, `${place.base}/users`])
  fs.writeFileSync(`${place.base}/exim.conf`, configuration(place, options), { mode: 0o644 })
  return sink
}

/** Starts an Exim; its end is the end of the scope. */
export const startExim = (options: EximOptions = {}): Effect.Effect<Exim, PartFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const base = yield* makeTempDir
    const place: Place = {
      base,
      port: yield* freePort,
      implicitPort: yield* freePort,
      program: programPath(eximProgram)
    }
    const sink = yield* Effect.try({
      try: () => layOut(place, options),
      catch: (cause) => new PartFailed({ part: "exim", detail: `can't be set up: ${String(cause)}`, cause })
    })
    yield* startDaemon({
      name: "exim",
      file: place.program,
      args: ["-C", `${base}/exim.conf`, "-bdf"],
      logFile: `${base}/exim.log`,
      ready: waitForPort(place.port)
    })
    return {
      port: place.port,
      implicitPort: place.implicitPort,
      sink,
      log: readLog(base)
    }
  })
