/**
 * The user and machine as the operating system knows them.
 *
 * Source: esmtp: smtp.c (`get_username`, gethostname); passwd(5).
 * Deviation: a user without an entry goes by the number; C esmtp gives up.
 */
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isRestricted, type UserIds, type Variables } from "../../domain/process/Rights.ts"
import { LocalSystem } from "../../services/LocalSystem.ts"
import { entryOfUser, fullNameOf, type PasswdEntry } from "./passwd.ts"

export interface OperatingSystemOptions {
  readonly env: Variables
  /** Default `/etc/passwd`. */
  readonly passwdPath?: string
  /** Default: of this process. */
  readonly ids?: UserIds
}

const idsOfProcess = (): UserIds => ({
  uid: process.getuid?.() ?? 0,
  euid: process.geteuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  egid: process.getegid?.() ?? 0
})

const fromFile = (passwdPath: string, uid: number) =>
  Effect.try(() => entryOfUser(fs.readFileSync(passwdPath, "utf8"), uid)).pipe(
    Effect.map(Option.fromNullable),
    // A machine without this file may still know its users in other ways.
    Effect.orElseSucceed(() => Option.none<PasswdEntry>())
  )

/** Users that only a directory service knows. The system call tells of the effective user alone. */
const fromNameService = ({ euid, uid }: UserIds) =>
  uid === euid
    ? Effect.try(() => os.userInfo()).pipe(
        Effect.map(({ homedir, username }) => Option.some({ name: username, gecos: "", home: homedir })),
        // Thrown for a user id without an entry, as in containers.
        Effect.orElseSucceed(() => Option.none<PasswdEntry>())
      )
    : Effect.succeedNone

const hostName = Effect.try(() => os.hostname()).pipe(
  Effect.orElseSucceed(() => ""),
  Effect.map((name) => (name === "" ? "localhost" : name))
)

/** `$HOME`, unless the program runs, or was started, with more rights than its caller, who sets the environment. */
const homeOf = (options: OperatingSystemOptions, ids: UserIds, entry: Option.Option<PasswdEntry>) => {
  const given = isRestricted(ids, options.env) ? undefined : options.env["HOME"]
  const home = given || Option.getOrUndefined(entry)?.home
  return home ? path.resolve(home) : undefined
}

/** Never fails: what the system does not tell has a fallback. */
export const layer = (options: OperatingSystemOptions): Layer.Layer<LocalSystem> =>
  Layer.effect(
    LocalSystem,
    Effect.gen(function* () {
      const ids = options.ids ?? idsOfProcess()
      const inFile = yield* fromFile(options.passwdPath ?? "/etc/passwd", ids.uid)
      const entry = Option.isSome(inFile) ? inFile : yield* fromNameService(ids)
      const fullName = Option.getOrUndefined(Option.flatMapNullable(entry, fullNameOf))
      const home = homeOf(options, ids, entry)
      return LocalSystem.of({
        userName: Option.match(entry, { onNone: () => String(ids.uid), onSome: ({ name }) => name }),
        ...(fullName === undefined ? {} : { fullName }),
        ...(home === undefined ? {} : { home }),
        hostName: yield* hostName,
        // `0 -`: a plain minus would make -0 of UTC.
        utcOffsetMinutes: (epochMillis) => 0 - new Date(epochMillis).getTimezoneOffset(),
        processId: process.pid
      })
    })
  )
