/** Where the configuration is looked for, and when a file is refused. */
import { onlyC, onlyOurs, send } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const nothingSent = true
const octal = (mode: number): string => mode.toString(8).padStart(4, "0")

const other = { other: 'hostname = "127.0.0.1:{port}"\nhelo = "client.example"\n' }

export const places: ReadonlyArray<ParityCase> = [
  ...[0o400, 0o500, 0o600, 0o700, 0o710].map(
    (mode): ParityCase => ({
      name: `~/.esmtprc of mode ${octal(mode)}`,
      args: send,
      modes: { ".esmtprc": mode }
    })
  ),
  ...[0o601, 0o602, 0o604, 0o620, 0o640, 0o644, 0o660, 0o666, 0o777].map(
    (mode): ParityCase => ({
      name: `~/.esmtprc of mode ${octal(mode)}`,
      args: send,
      modes: { ".esmtprc": mode },
      status: 78,
      nothingSent
    })
  ),
  { name: "no file", args: send, wholeRc: false, status: 78, nothingSent },
  { name: "a home that does not exist", args: send, env: { HOME: "/nonexistent" }, status: 78, nothingSent },
  {
    name: "-C before ~/.esmtprc",
    args: ["-C", "{home}/other", ...send],
    rc: "helo = x.example\n",
    files: other
  },
  {
    name: "a file named by ESMTPRC",
    args: send,
    wholeRc: false,
    env: { ESMTPRC: "{home}/other" },
    files: other,
    differs: onlyOurs("ESMTPRC names a file as -C does", 78)
  },
  {
    name: "-C with a file that others may write",
    args: ["-C", "{home}/other", ...send],
    files: other,
    modes: { other: 0o622 },
    differs: onlyC("who may write the file may take the mail elsewhere", 78)
  },
  {
    name: "-C with a password that others can read",
    args: ["-C", "{home}/other", ...send],
    files: { other: `${other.other}username = "u"\npassword = "p"\n` },
    modes: { other: 0o644 },
    server: { extensions: ["AUTH PLAIN"] },
    differs: onlyC("a secret that others can read is none", 78, {
      commands: [["EHLO client.example", "AUTH PLAIN |u|p", "DATA", "QUIT"]]
    })
  },
  {
    name: "-C with a file without secrets that others can read",
    args: ["-C", "{home}/other", ...send],
    files: other,
    modes: { other: 0o644 }
  }
]
