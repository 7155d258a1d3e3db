/** Names of the command and its flags. */
import {
  added,
  envelope,
  from,
  message,
  onlyC,
  onlyOurs,
  refused,
  same,
  send,
  sent,
  session
} from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const nothingSent = true
const unlessMailIsLost = "with recipients beside it a message would be read by nobody and lost"
const union = "flags of other sendmails are taken, as callers pass them"

export const names: ReadonlyArray<ParityCase> = [
  { name: "called esmtp", as: "esmtp", args: send },
  { name: "called mailq", as: "mailq", args: [], nothingSent },
  { name: "called mailq without a configuration", as: "mailq", args: [], wholeRc: false, nothingSent },
  { name: "called newaliases", as: "newaliases", args: [], nothingSent },
  {
    name: "called newaliases without a configuration",
    as: "newaliases",
    args: [],
    wholeRc: false,
    nothingSent
  },
  { name: "called newaliases with an option", as: "newaliases", args: ["-oA/etc/aliases"], nothingSent }
]

/** The flags that callers pass and that mean nothing here, or the default. */
const ignored = [
  ...["-bm", "-Ac", "-Am", "-c", "-em", "-ep", "-G", "-h3", "-i", "-oi", "-Ltag", "-Mx", "-m", "-n", "-oem"],
  ...["-odi", "-om", "-oee", "-o7", "-or1h", "-pSMTP:host", "-s", "-Tm"]
]

const unsupported = ["-ba", "-bd", "-bD", "-bh", "-bz"]

export const flags: ReadonlyArray<ParityCase> = [
  ...same(ignored, (flag) => [flag, ...send]),
  {
    name: "values in a word of their own",
    args: ["-A", "c", "-e", "m", "-h", "3", "-o", "i", "-L", "tag", ...send]
  },
  { name: "flags glued together", args: ["-inm", ...send] },
  { name: "a flag behind the recipient", args: ["bob@example.net", "-f", "ada@example.org"] },
  { name: "-f with its value glued", args: ["-fada@example.org", "bob@example.net"] },
  { name: "-r for -f", args: ["-r", "ada@example.org", "bob@example.net"] },
  {
    name: "the last of -f and -r",
    args: ["-f", "x@example.org", "-r", "ada@example.org", "bob@example.net"]
  },
  { name: "-- before the recipients", args: [...from, "--", "bob@example.net"] },
  { name: "no recipient", args: from, status: 64, nothingSent },
  { name: "no argument at all", args: [], status: 64, nothingSent },
  { name: "a missing value", args: ["-f"], status: 64, nothingSent },
  ...same([...unsupported, "-H", "-W", "-K", "-Q", "-7", "--help"], (flag) => [flag, ...send], {
    status: 64,
    nothingSent
  }),
  ...same(["-bi", "-bp", "-I", "-qf", "-qIx", "-qRx", "-qSx", "-q!Rx", "-qGx"], (flag) => [flag], {
    nothingSent
  }),
  ...["-bi", "-bp", "-I", "-q30m", "-qf", "-qRx"].map(
    (flag): ParityCase => ({
      name: `${flag} with a recipient`,
      args: [flag, ...send],
      differs: {
        because: unlessMailIsLost,
        c: {
          status: 0,
          complains: false,
          stdout: flag === "-bp" ? "Mail queue is empty\n" : "",
          messages: []
        },
        ours: { status: 64, complains: true, stdout: "", messages: [] }
      }
    })
  ),
  {
    name: "-q and a word",
    args: ["-q", "X"],
    differs: {
      because: "-q takes no word of its own, and a queue run no recipients",
      c: { status: 0, complains: false, messages: [] },
      ours: { status: 64, complains: true, messages: [] }
    }
  },
  {
    name: "a bare -q",
    args: ["-q"],
    differs: {
      because: "a bare -q runs the queue, as in every sendmail",
      c: { status: 64, complains: true, messages: [] },
      ours: { status: 0, complains: false, messages: [] }
    }
  },
  ...["-U", "-x", "-S", "-E", "-J", "-Dfile", "-Zfile", "-T1d"].map(
    (flag): ParityCase => ({ name: flag, args: [flag, ...send], differs: onlyOurs(union, 64) })
  ),
  ...["-Oa=b", "-ODeliveryMode=i"].map(
    (flag): ParityCase => ({
      name: flag,
      args: [flag, ...send],
      differs: onlyOurs("-O is documented, and missing from the options of C", 64)
    })
  ),
  {
    name: "-d before a recipient",
    args: [...from, "-d", "bob@example.net"],
    differs: onlyOurs("the level is optional and glued: -d takes no recipient for it, and logs", 64, {
      complains: true
    })
  },
  {
    name: "-T and a time in a word of its own",
    args: ["-T", "30", ...send],
    differs: {
      because: "a recipient that can't be served does not keep the others from theirs",
      c: refused(72),
      ours: sent({ status: 72, complains: true })
    }
  },
  {
    name: "-odq",
    args: ["-odq", ...send],
    differs: {
      because: "there is a queue now, and -odq puts the message there",
      c: sent(),
      ours: { ...sent(), commands: [], envelopes: [], messages: [] }
    }
  },
  {
    name: "-d with its level",
    args: ["-d0.1", ...send],
    differs: { because: "-d logs on standard error", c: { complains: false }, ours: { complains: true } }
  },
  {
    name: "-F without a From: in the message",
    args: ["-F", "Ada L", ...send],
    differs: {
      because: "the manual of C promises the full name, and C ignores it",
      c: { messages: [message] },
      ours: {
        messages: [{ ...message, header: ["Subject: parity", ...added("Ada L <ada@example.org>")] }]
      }
    }
  },
  {
    name: "-B with a type that does not exist",
    args: ["-B", "BINARYMIME", ...send],
    status: 64,
    nothingSent
  },
  {
    name: "-C",
    args: ["-C", "{home}/other", ...send],
    files: { other: 'host "127.0.0.1:{port}" helo a.example\n' }
  },
  {
    name: "-C with a file that does not exist",
    args: ["-C", "{home}/none", ...send],
    status: 78,
    nothingSent
  },
  { name: "-C -", args: ["-C", "-", ...send], status: 78, nothingSent },
  {
    name: "-X with a file that can't be written",
    args: ["-X", "/nonexistent/x", ...send],
    differs: onlyC("a transcript that was asked for is made, or nothing is sent", 73)
  },
  {
    name: "-t with a recipient but none in the header",
    args: ["-t", ...send],
    stdin: "Subject: parity\n\nHello.\n",
    differs: onlyOurs("the recipients given are enough", 65, { commands: [session], envelopes: [envelope] })
  }
]
