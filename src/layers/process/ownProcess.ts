/** The parts of Node's `process` that the start of the program acts on. */
import type { UserIds } from "../../domain/process/Rights.ts"

export interface OwnProcess {
  readonly argv: ReadonlyArray<string>
  readonly execArgv: ReadonlyArray<string>
  readonly execPath: string
  readonly env: Record<string, string | undefined>
}

export const idsOfProcess = (): UserIds => ({
  uid: process.getuid?.() ?? 0,
  euid: process.geteuid?.() ?? 0,
  gid: process.getgid?.() ?? 0,
  egid: process.getegid?.() ?? 0
})
