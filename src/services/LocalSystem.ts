/** The user and machine that esmtp runs for. */
import * as Context from "effect/Context"

export class LocalSystem extends Context.Tag("esmtp/services/LocalSystem")<
  LocalSystem,
  {
    /** Name of the real user id; a missing passwd entry gives the number. */
    readonly userName: string
    /** From GECOS, up to the first comma; absent when empty. */
    readonly fullName?: string
    readonly home?: string
    /** As the system gives it; with a domain if the system has one. */
    readonly hostName: string
    /** Minutes east of UTC at a moment, for the Date: field. */
    readonly utcOffsetMinutes: (epochMillis: number) => number
    readonly processId: number
  }
>() {}
