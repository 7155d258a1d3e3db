/**
 * A real Postfix as relay, in directories of its own, on high ports of 127.0.0.1, for as long as a scope lasts.
 *
 * Every message it accepts ends in a sink that keeps envelope and content. Needs root, as Postfix's master does.
 */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { freePort, waitForPort } from "../freePort.ts"
import { PartFailed } from "../PartFailed.ts"
import { findProgram, requirePart } from "../requirePart.ts"
import { makeTempDir } from "../TempDir.ts"
import { startDaemon } from "./Daemon.ts"
import { type MessageSink, makeSink } from "./MessageSink.ts"

/** Cyrus keeps its accounts under a realm. */
const realm = "relay.example"

const masterProgram = "/usr/lib/postfix/sbin/master"

export const hasPostfix = (): boolean =>
  requirePart("postfix, as root", () => findProgram(masterProgram) !== undefined && process.getuid?.() === 0)

/** Accounts in a sasldb of Cyrus SASL, which has NTLM where Dovecot has none. */
export interface CyrusAccounts {
  readonly users: Readonly<Record<string, string>>
  /** Cyrus's names: `NTLM`, `DIGEST-MD5`, … */
  readonly mechanisms: ReadonlyArray<string>
}

export interface Service {
  /** With STARTTLS, by these PEM files; absent: in clear only. */
  readonly tls?: { readonly certificatePath: string; readonly keyPath: string }
  /** main.cf parameters of this service alone, without white space. */
  readonly settings?: Readonly<Record<string, string>>
}

export interface PostfixOptions {
  /** PEM files; absent: no TLS anywhere, and `starttlsPort` and `implicitPort` speak none. */
  readonly tls?: {
    readonly certificatePath: string
    readonly keyPath: string
    readonly clientCaPath?: string
  }
  /** Further services, by name. */
  readonly services?: Readonly<Record<string, Service>>
  /** Who answers AUTH: a Dovecot, or Cyrus SASL with the mechanisms given. Absent: AUTH is not offered. */
  readonly sasl?: { readonly dovecotSocket: string } | CyrusAccounts
  /** Relays only for those who have authenticated. */
  readonly requireAuth?: boolean
  /** Where the plain service listens; absent: any free port. One that was stopped is started again in its place. */
  readonly plainPort?: number
  /** Further lines of main.cf. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Where an access table is asked; see access(5) for the answers. */
export type AccessStage = "sender" | "recipient" | "data" | "end"

const accessStages: ReadonlyArray<AccessStage> = ["sender", "recipient", "data", "end"]

export interface Postfix {
  /** No TLS; AUTH in clear if there is a SASL socket. */
  readonly plainPort: number
  /** STARTTLS offered; AUTH only inside TLS. */
  readonly starttlsPort: number
  readonly implicitPort: number
  /** Of one of `services`. */
  readonly portOf: (name: string) => number
  readonly sink: MessageSink
  /** Address or domain → answer, for sessions from now on: `{ "full@example.net": "452 4.2.2 mailbox full" }`. */
  readonly setAccess: (stage: AccessStage, table: Readonly<Record<string, string>>) => Effect.Effect<void>
  readonly log: Effect.Effect<string>
}

const saslSettings = (sasl: PostfixOptions["sasl"]): Readonly<Record<string, string>> => {
  if (sasl === undefined) return {}
  const common = { smtpd_sasl_auth_enable: "yes", smtpd_sasl_security_options: "noanonymous" }
  return "dovecotSocket" in sasl
    ? { ...common, smtpd_sasl_type: "dovecot", smtpd_sasl_path: sasl.dovecotSocket }
    : {
        ...common,
        smtpd_sasl_type: "cyrus",
        smtpd_sasl_path: "smtpd",
        smtpd_sasl_local_domain: realm
      }
}

const mainSettings = (base: string, options: PostfixOptions): Readonly<Record<string, string>> => ({
  compatibility_level: "3.6",
  config_directory: `${base}/etc`,
  queue_directory: `${base}/queue`,
  data_directory: `${base}/data`,
  maillog_file_prefixes: base,
  maillog_file: `${base}/log/mail.log`,
  myhostname: "relay.example",
  mydestination: "",
  local_recipient_maps: "",
  alias_maps: "",
  alias_database: "",
  inet_interfaces: "127.0.0.1",
  inet_protocols: "ipv4",
  mynetworks: "127.0.0.0/8",
  // One next hop for all domains: one message stays one message.
  default_transport: "sink:all",
  sink_destination_recipient_limit: "1000",
  relay_transport: "sink:all",
  local_transport: "sink:all",
  smtp_dns_support_level: "disabled",
  smtpd_peername_lookup: "no",
  // Headers stay as they came.
  local_header_rewrite_clients: "",
  message_size_limit: "0",
  default_process_limit: "20",
  // A new process for each session: access tables are read anew.
  max_use: "1",
  smtpd_delay_reject: "no",
  smtpd_helo_required: "yes",
  smtpd_relay_restrictions: `permit_sasl_authenticated, ${options.requireAuth === true ? "" : "permit_mynetworks, "}reject`,
  smtpd_sender_restrictions: `check_sender_access texthash:${base}/etc/access-sender`,
  smtpd_recipient_restrictions: `check_recipient_access texthash:${base}/etc/access-recipient`,
  smtpd_data_restrictions: `check_sender_access texthash:${base}/etc/access-data`,
  smtpd_end_of_data_restrictions: `check_sender_access texthash:${base}/etc/access-end`,
  smtpd_sasl_authenticated_header: "yes",
  smtpd_tls_received_header: "yes",
  smtpd_tls_session_cache_database: "",
  ...saslSettings(options.sasl),
  ...(options.tls === undefined
    ? {}
    : { smtpd_tls_cert_file: options.tls.certificatePath, smtpd_tls_key_file: options.tls.keyPath }),
  ...(options.tls?.clientCaPath === undefined
    ? {}
    : { smtpd_tls_CAfile: options.tls.clientCaPath, smtpd_tls_ask_ccert: "yes" }),
  ...options.settings
})

/** What Cyrus SASL reads: its configuration and a database of passwords in clear. */
const writeCyrus = (base: string, { users, mechanisms }: CyrusAccounts): void => {
  // Debian's Postfix looks for it here, whatever `cyrus_sasl_config_path` says.
  const directory = `${base}/etc/sasl`
  fs.mkdirSync(directory, { mode: 0o755 })
  const database = `${directory}/sasldb2`
  const settings = {
    pwcheck_method: "auxprop",
    auxprop_plugin: "sasldb",
    sasldb_path: database,
    mech_list: mechanisms.join(" ")
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name}: ${value}\n`)
  fs.writeFileSync(`${directory}/smtpd.conf`, lines.join(""))
  for (const [user, password] of Object.entries(users)) {
    execFileSync("saslpasswd2", ["-p", "-c", "-f", database, "-u", realm, user], { input: password })
  }
  execFileSync("chown", ["postfix", database])
}

interface Ports {
  readonly plain: number
  readonly starttls: number
  readonly implicit: number
  readonly more: ReadonlyMap<string, number>
}

const serviceLine = ({ tls, settings }: Service, port: number): string => {
  const all = {
    ...(tls !== undefined && {
      smtpd_tls_security_level: "may",
      smtpd_tls_cert_file: tls.certificatePath,
      smtpd_tls_key_file: tls.keyPath
    }),
    ...settings
  }
  const overrides = Object.entries(all).map(([name, value]) => `-o ${name}=${value}`)
  return `127.0.0.1:${port} inet n - n - - smtpd ${overrides.join(" ")}`
}

const masterServices = (sink: MessageSink, ports: Ports, hasTls: boolean): ReadonlyArray<string> => [
  `127.0.0.1:${ports.plain} inet n - n - - smtpd`,
  `127.0.0.1:${ports.starttls} inet n - n - - smtpd${
    hasTls ? " -o smtpd_tls_security_level=may -o smtpd_tls_auth_only=yes" : ""
  }`,
  `127.0.0.1:${ports.implicit} inet n - n - - smtpd${
    hasTls ? " -o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt" : ""
  }`,
  "cleanup unix n - n - 0 cleanup",
  "qmgr unix n - n 300 1 qmgr",
  "tlsmgr unix - - n 1000? 1 tlsmgr",
  "rewrite unix - - n - - trivial-rewrite",
  "bounce unix - - n - 0 bounce",
  "defer unix - - n - 0 bounce",
  "trace unix - - n - 0 bounce",
  "proxymap unix - - n - - proxymap",
  "proxywrite unix - - n - 1 proxymap",
  "error unix - - n - - error",
  "retry unix - - n - - error",
  "anvil unix - - n - 1 anvil",
  "postlog unix-dgram n - n - 1 postlogd",
  `sink unix - n n - 4 pipe null_sender= user=nobody argv=/bin/sh ${sink.script} \${sender} \${recipient}`
]

const render = (settings: Readonly<Record<string, string>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("")

const accessFile = (base: string, stage: AccessStage): string => `${base}/etc/access-${stage}`

const writeAccess = (base: string, stage: AccessStage, table: Readonly<Record<string, string>>): void => {
  const lines = Object.entries(table).map(([key, answer]) => `${key} ${answer}\n`)
  fs.writeFileSync(accessFile(base, stage), lines.join(""))
}

const readLog = (base: string): Effect.Effect<string> =>
  Effect.sync(() =>
    fs.existsSync(`${base}/log/mail.log`) ? fs.readFileSync(`${base}/log/mail.log`, "utf8") : ""
  )

const furtherServices = ({ services = {} }: PostfixOptions, { more }: Ports): ReadonlyArray<string> =>
  Object.entries(services).map(([name, service]) => serviceLine(service, more.get(name) ?? 0))

const layOut = (base: string, ports: Ports, options: PostfixOptions): MessageSink => {
  // Daemons run as `postfix` and `nobody` and must get through.
  fs.chmodSync(base, 0o755)
  for (const directory of ["etc", "queue", "data", "log"]) {
    fs.mkdirSync(path.join(base, directory), { mode: 0o755 })
  }
  execFileSync("chown", ["postfix", `${base}/data`])
  const sink = makeSink(`${base}/sink`, "nobody", readLog(base))
  fs.writeFileSync(`${base}/etc/main.cf`, render(mainSettings(base, options)))
  fs.writeFileSync(
    `${base}/etc/master.cf`,
    `${[...masterServices(sink, ports, options.tls !== undefined), ...furtherServices(options, ports)].join("\n")}\n`
  )
  for (const stage of accessStages) writeAccess(base, stage, {})
  if (options.sasl !== undefined && "users" in options.sasl) writeCyrus(base, options.sasl)
  return sink
}

/** Starts a Postfix; its end is the end of the scope. */
export const startPostfix = (options: PostfixOptions = {}): Effect.Effect<Postfix, PartFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const base = yield* makeTempDir
    const ports: Ports = {
      plain: options.plainPort ?? (yield* freePort),
      starttls: yield* freePort,
      implicit: yield* freePort,
      more: new Map(
        yield* Effect.forEach(Object.keys(options.services ?? {}), (name) =>
          Effect.map(freePort, (port) => [name, port] as const)
        )
      )
    }
    const sink = yield* Effect.try({
      try: () => {
        const laid = layOut(base, ports, options)
        execFileSync("/usr/sbin/postfix", ["-c", `${base}/etc`, "check"], { stdio: "pipe" })
        return laid
      },
      catch: (cause) =>
        new PartFailed({ part: "postfix", detail: `can't be set up: ${String(cause)}`, cause })
    })
    yield* startDaemon({
      name: "postfix",
      file: masterProgram,
      args: ["-c", `${base}/etc`, "-d"],
      logFile: `${base}/log/master.log`,
      ready: waitForPort(ports.implicit)
    })
    return {
      plainPort: ports.plain,
      starttlsPort: ports.starttls,
      implicitPort: ports.implicit,
      portOf: (name) => ports.more.get(name) ?? 0,
      sink,
      setAccess: (stage, table) => Effect.sync(() => writeAccess(base, stage, table)),
      log: readLog(base)
    }
  })
