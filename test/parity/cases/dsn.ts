/** `-N`, `-R`, `-V` and `-B`. */
import { envelope, nothing, offering, onlyC, onlyOurs, refused, send, sent } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const dsn = offering("DSN")
const bob = "RCPT TO:<bob@example.net>"
const mail = (parameter: string) => [`MAIL FROM:<ada@example.org> ${parameter}`, bob]
const rcpt = (parameter: string) => ["MAIL FROM:<ada@example.org>", `${bob} ${parameter}`]

const anyCase = "words are taken in any case"
const inEnvelope = (because: string, ours: ReadonlyArray<string>, c: ReadonlyArray<string> = envelope) => ({
  because,
  c: { envelopes: [c] },
  ours: { envelopes: [ours] }
})

const silently = "a notification that was asked for does not get lost without a word"

/** In C the value of `-V` goes on as that of `-b`. */
const lostInC = "in C the identifier is taken for an operation mode too, and the mail is lost with status 0"

export const dsnOptions: ReadonlyArray<ParityCase> = [
  ...["never", "failure", "delay", "success", "failure,delay", "delay,failure", "success,failure,delay"].map(
    (words): ParityCase => ({ name: `-N ${words}`, args: ["-N", words, ...send], ...dsn })
  ),
  { name: "-N with a blank behind the comma", args: ["-N", "failure, delay", ...send], ...dsn },
  { name: "-N twice", args: ["-N", "failure", "-N", "delay", ...send], ...dsn },
  { name: "-N with several recipients", args: ["-N", "failure", ...send, "eve@example.net"], ...dsn },
  { name: "-N where DSN is not offered", args: ["-N", "failure", ...send] },
  {
    name: "-N NEVER",
    args: ["-N", "NEVER", ...send],
    ...dsn,
    differs: inEnvelope(anyCase, rcpt("NOTIFY=NEVER"))
  },
  {
    name: "-N Failure",
    args: ["-N", "Failure", ...send],
    ...dsn,
    differs: inEnvelope(anyCase, rcpt("NOTIFY=FAILURE"))
  },
  { name: "-N zork", args: ["-N", "zork", ...send], ...dsn, differs: onlyC(silently, 64) },
  {
    name: "-N never,failure",
    args: ["-N", "never,failure", ...send],
    ...dsn,
    differs: onlyC("never excludes the others", 64, { envelopes: [rcpt("NOTIFY=FAILURE")] })
  },
  { name: "-R full", args: ["-R", "full", ...send], ...dsn },
  { name: "-R hdrs", args: ["-R", "hdrs", ...send], ...dsn },
  { name: "-R where DSN is not offered", args: ["-R", "hdrs", ...send] },
  { name: "-R HDRS", args: ["-R", "HDRS", ...send], ...dsn, differs: inEnvelope(anyCase, mail("RET=HDRS")) },
  {
    name: "-R twice",
    args: ["-R", "full", "-R", "hdrs", ...send],
    ...dsn,
    differs: inEnvelope("the last one counts; C reads past a table", mail("RET=HDRS"), mail("RET=(null)"))
  },
  { name: "-R zork", args: ["-R", "zork", ...send], ...dsn, differs: onlyC(silently, 64) },
  { name: "-V with a value that happens to work in C", args: ["-V", "mid-1", ...send], ...dsn },
  { name: "-V with characters that must be encoded", args: ["-V", "m+1=2 3", ...send], ...dsn },
  { name: "-V where DSN is not offered", args: ["-V", "mid-1", ...send] },
  { name: "-N, -R and -V", args: ["-Nfailure", "-Rhdrs", "-Vmid", ...send], ...dsn },
  {
    name: "-V with a value that is -bi in C",
    args: ["-V", "id1", ...send],
    ...dsn,
    differs: {
      because: lostInC,
      c: { status: 0, complains: false, ...nothing },
      ours: sent({ envelopes: [mail("ENVID=id1")] })
    }
  },
  {
    name: "-V with a value that is -bp in C",
    args: ["-V", "pid", ...send],
    ...dsn,
    differs: {
      because: lostInC,
      c: { status: 0, complains: false, stdout: "Mail queue is empty\n", ...nothing },
      ours: sent({ envelopes: [mail("ENVID=pid")], stdout: "" })
    }
  },
  {
    name: "-V with a value that is no mode in C",
    args: ["-V", "zz", ...send],
    ...dsn,
    differs: onlyOurs("-V is -V and nothing else", 64, { envelopes: [mail("ENVID=zz")] })
  },
  {
    name: "-V with a value that is too long",
    args: ["-V", `m${"x".repeat(100)}`, ...send],
    ...dsn,
    differs: onlyC("RFC 3461 allows 100 characters", 64, { envelopes: [mail(`ENVID=m${"x".repeat(100)}`)] })
  },
  {
    name: "-V with a line break",
    args: ["-V", "m\r\nRSET", ...send],
    ...dsn,
    differs: onlyC("no identifier holds a control character", 64, { envelopes: [mail("ENVID=m+0D+0ARSET")] })
  }
]

const eightBit = offering("8BITMIME")

export const bodyTypes: ReadonlyArray<ParityCase> = [
  { name: "-B 7BIT", args: ["-B", "7BIT", ...send], ...eightBit },
  { name: "-B 8BITMIME", args: ["-B", "8BITMIME", ...send], ...eightBit },
  {
    name: "-B 8bitmime",
    args: ["-B", "8bitmime", ...send],
    ...eightBit,
    differs: onlyOurs(anyCase, 64, { envelopes: [mail("BODY=8BITMIME")] })
  },
  {
    name: "-B 8BITMIME where it is not offered",
    args: ["-B", "8BITMIME", ...send],
    differs: {
      because: "the message is plain ASCII, and goes without the declaration",
      c: { ...refused(70), commands: [["EHLO client.example", "QUIT"]] },
      ours: sent()
    }
  }
]
