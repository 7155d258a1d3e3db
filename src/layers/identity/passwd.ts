/**
 * Entries of the user database file.
 *
 * Source: passwd(5).
 */

export interface PasswdEntry {
  readonly name: string
  readonly gecos: string
  readonly home: string
}

/** The first entry of a user id, as getpwuid(3) finds it. */
export const entryOfUser = (passwd: string, uid: number): PasswdEntry | undefined => {
  for (const line of passwd.split("\n")) {
    const [name, , id, , gecos = "", home = ""] = line.split(":")
    if (name !== undefined && name !== "" && id === String(uid)) return { name, gecos, home }
  }
  return undefined
}

/** The full name in a GECOS field: up to the first comma, `&` for the user name with a capital. Absent when empty. */
export const fullNameOf = ({ gecos, name }: Pick<PasswdEntry, "gecos" | "name">): string | undefined => {
  const [field = ""] = gecos.split(",")
  const capitalised = name.charAt(0).toUpperCase() + name.slice(1)
  const fullName = field.replaceAll("&", () => capitalised).trim()
  return fullName === "" ? undefined : fullName
}
