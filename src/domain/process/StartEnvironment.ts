/**
 * What of its environment a process may start with, and what makes it start again without.
 *
 * Much of what Node and OpenSSL take from the environment they take before the program's first line: code to load, a
 * debugger to open, weaker TLS, files to write memory into. It leaks in from editors, application servers and CI, where
 * nobody thought of mail. The only cure is a process that never saw it.
 *
 * Source: node(1); openssl-env(7); postfix: clean_env.c, `import_environment`.
 */
import { givenUpText, givenUpVariable, hasMoreRights, type UserIds, type Variables } from "./Rights.ts"

/** Read before the program runs; harmless only in a process that never had them. */
export const readAtStart: ReadonlyArray<string> = [
  // Code to load, flags for TLS, key logs, debuggers, reports, heap dumps.
  "NODE_OPTIONS",
  // What Node's modules do, with its data, on standard error.
  "NODE_DEBUG",
  "NODE_DEBUG_NATIVE",
  // Tables by which names and passwords are prepared.
  "NODE_ICU_DATA",
  // Providers to load, and settings under those of a session.
  "OPENSSL_CONF",
  "OPENSSL_ENGINES",
  "OPENSSL_MODULES"
]

/** Read when a TLS session begins, so that they can simply be taken away. */
export const readLater: ReadonlyArray<string> = ["NODE_TLS_REJECT_UNAUTHORIZED", "SSLKEYLOGFILE"]

/** All that a program with given-up rights keeps of its caller's choice. */
const harmless = /^(?:TZ|LANG|LC_[A-Z]+|TERM)$/

const trustedPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/** Named in a warning where they are ignored: their owner meant them for us. */
const meantForUs = /^(?:ESMTP|XDG_)/

const isSet = (value: string | undefined): boolean => value !== undefined && value !== ""

const chosen = (env: Variables, isWanted: (name: string) => boolean): Variables =>
  Object.fromEntries(Object.entries(env).filter(([name]) => isWanted(name)))

export interface Restart {
  /** The whole environment of the process that takes over. */
  readonly env: Variables
  /** The process has rights to give up first. */
  readonly givesUpRights: boolean
  /** Variables to warn about. */
  readonly ignored: ReadonlyArray<string>
}

/** Absent: the process can go on as it is. The process that takes over always can. */
export const restartFor = (ids: UserIds, env: Variables): Restart | undefined => {
  if (hasMoreRights(ids)) {
    return {
      env: {
        ...chosen(env, (name) => harmless.test(name)),
        PATH: trustedPath,
        [givenUpVariable]: givenUpText(ids)
      },
      givesUpRights: true,
      ignored: Object.keys(env).filter((name) => meantForUs.test(name) && isSet(env[name]))
    }
  }
  if (!readAtStart.some((name) => isSet(env[name]))) return undefined
  const unwanted = new Set([...readAtStart, ...readLater])
  return { env: chosen(env, (name) => !unwanted.has(name)), givesUpRights: false, ignored: [] }
}
