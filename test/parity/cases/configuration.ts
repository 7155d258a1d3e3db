/** Where the configuration is looked for, and when a file is refused. */
import { onlyC, onlyOurs, send } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const nothingSent = true
const octal = (mode: number): string => mode.toString(8).padStart(4, "0")

const other = { other: 'hostname = "127.0.0.1:{port}"\nhelo = "client.example"\n' }

const system = { wholeRc: false, systemRc: { text: other.other } } as const
const elsewhere = 'hostname = "127.0.0.1:1"\n'
const nobody = 65_534

/** What only root can lay out. */
export const owners: ReadonlyArray<ParityCase> = [
  { name: "/etc/esmtprc where the user has none", args: send, ...system },
  {
    name: "/etc/esmtprc where there is no home",
    args: send,
    ...system,
    env: { HOME: "/nonexistent" }
  },
  { name: "~/.esmtprc before /etc/esmtprc", args: send, systemRc: { text: elsewhere } },
  {
    name: "-C before /etc/esmtprc",
    args: ["-C", "{home}/other", ...send],
    files: other,
    wholeRc: false,
    systemRc: { text: elsewhere }
  },
  {
    name: "/etc/esmtprc that has a fault",
    args: send,
    wholeRc: false,
    systemRc: { text: "nonsense\n" },
    status: 78,
    nothingSent
  },
  {
    name: "/etc/esmtprc behind a fault of ~/.esmtprc",
    args: send,
    wholeRc: "nonsense\n",
    systemRc: { text: other.other },
    status: 78,
    nothingSent
  },
  {
    name: "/etc/esmtprc that others may write",
    args: send,
    wholeRc: false,
    systemRc: { ...system.systemRc, mode: 0o666 },
    differs: onlyC("who may write it may take everybody's mail elsewhere", 78)
  },
  {
    name: "/etc/esmtprc that is not root's",
    args: send,
    wholeRc: false,
    systemRc: { ...system.systemRc, owner: nobody },
    differs: onlyC("its owner may take everybody's mail elsewhere", 78)
  },
  {
    name: "/etc/esmtprc with a password that everybody can read",
    args: send,
    wholeRc: false,
    systemRc: { text: `${other.other}username = "u"\npassword = "p"\n` },
    server: { extensions: ["AUTH PLAIN"] },
    differs: {
      because:
        "a secret that others can read is warned of; the mail goes, as programs of the system depend on it",
      c: { complains: false },
      ours: { complains: true }
    }
  },
  {
    name: "~/.esmtprc of another owner",
    args: send,
    owners: { ".esmtprc": nobody },
    status: 78,
    nothingSent
  },
  {
    name: "~/.esmtprc that is a symbolic link",
    args: send,
    wholeRc: false,
    files: other,
    links: { ".esmtprc": "{home}/other" },
    differs: onlyOurs("managers of configuration files make links", 78)
  },
  {
    name: "~/.esmtprc that is a symbolic link to a file that others can read",
    args: send,
    wholeRc: false,
    files: other,
    modes: { other: 0o644 },
    links: { ".esmtprc": "{home}/other" },
    status: 78,
    nothingSent
  },
  {
    name: "-C with a file of another owner",
    args: ["-C", "{home}/other", ...send],
    files: other,
    owners: { other: nobody },
    differs: onlyC("its owner may take the mail elsewhere", 78)
  }
]

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
