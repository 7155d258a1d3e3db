/**
 * The environments that child programs get.
 *
 * Source: esmtp: local.c, main.c (popen and system, which pass everything on); postfix: pipe(8), local(8)
 * (`export_environment`); environ(7).
 */

export type Variables = Readonly<Record<string, string>>
/** Of this process. */
export type Inherited = Readonly<Record<string, string | undefined>>

/** The owner of the message, as the system knows them. */
export interface Account {
  readonly userName: string
  readonly home?: string
}

export const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const defined = (inherited: Inherited, isWanted: (name: string) => boolean): Variables =>
  Object.fromEntries(
    Object.entries(inherited).flatMap(([name, value]) =>
      value === undefined || value.includes("\0") || !isWanted(name) ? [] : [[name, value]]
    )
  )

/** The user's own search path, for the user's own commands, without the entries that mean the working directory. */
const absolutePath = (inherited: Inherited): string => {
  const directories = (inherited["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"))
  return directories.length === 0 ? systemPath : directories.join(":")
}

const accountVariables = ({ userName, home }: Account): Variables => ({
  HOME: home ?? "/",
  USER: userName,
  LOGNAME: userName
})

const mdaInherits: ReadonlySet<string> = new Set(["TZ", "LANG"])

/**
 * The MDA's, whatever the caller's: a mailbox must be delivered the same way from cron and from a desktop.
 * `RECIPIENT` is there if there is one.
 */
export const ofMda = (
  inherited: Inherited,
  account: Account,
  sender: string,
  recipients: ReadonlyArray<string>
): Variables => {
  const [recipient, another] = recipients
  return {
    ...defined(inherited, (name) => mdaInherits.has(name)),
    ...accountVariables(account),
    SHELL: "/bin/sh",
    PATH: systemPath,
    SENDER: sender,
    ...(recipient === undefined || another !== undefined ? {} : { RECIPIENT: recipient })
  }
}

/** What password managers and token tools need to find their store, their agent, their keyring and their owner. */
const secretsInherit: ReadonlySet<string> = new Set([
  ...["SHELL", "TERM", "TZ", "LANG", "LANGUAGE", "TMPDIR", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY"],
  ...["DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS", "DESKTOP_SESSION", "GNOME_KEYRING_CONTROL"],
  ...["GPG_TTY", "GPG_AGENT_INFO", "GNUPGHOME", "PINENTRY_USER_DATA", "SSH_AUTH_SOCK", "SSH_AGENT_PID"],
  ...["KRB5CCNAME", "KDE_FULL_SESSION", "KDE_SESSION_VERSION", "BW_SESSION", "VAULT_ADDR", "VAULT_TOKEN"]
])

const secretsInheritFamily = /^(?:LC_|XDG_|PASSWORD_STORE_|OP_)/

/** For `password_command` and `oauth2_token_command`: a fixed list, so that nothing else can change what they answer. */
export const ofSecretCommand = (inherited: Inherited, account: Account): Variables => ({
  ...defined(inherited, (name) => secretsInherit.has(name) || secretsInheritFamily.test(name)),
  ...accountVariables(account),
  PATH: absolutePath(inherited)
})

/** Variables by which a loader, a shell or an interpreter runs code that its command line does not name. */
const runsCode: ReadonlySet<string> = new Set([
  ...["BASH_ENV", "ENV", "IFS", "PS4", "CDPATH", "GLOBIGNORE", "SHELLOPTS", "BASHOPTS", "PROMPT_COMMAND"],
  ...["PERL5LIB", "PERLLIB", "PERL5OPT", "PERL5DB", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP"],
  ...["RUBYLIB", "RUBYOPT", "GCONV_PATH", "NLSPATH", "LOCPATH", "HOSTALIASES", "SSLKEYLOGFILE"],
  ...["OPENSSL_CONF", "OPENSSL_ENGINES", "OPENSSL_MODULES"]
])

const runsCodeFamily = /^(?:LD_|DYLD_|NODE_|BASH_FUNC_|MALLOC_)/

/** For `preconnect` and `postconnect`, which C esmtp gives everything: all but what runs other code. */
export const ofHook = (inherited: Inherited, account: Account): Variables => ({
  ...defined(inherited, (name) => !runsCode.has(name) && !runsCodeFamily.test(name)),
  ...accountVariables(account),
  PATH: absolutePath(inherited)
})
