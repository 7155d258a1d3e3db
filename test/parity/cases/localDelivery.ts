/** The MDA: its command, its input, its end. */
import { from, here, refused, send, sent } from "../support/outcomes.ts"
import type { MdaRun, ParityCase } from "../support/ParityCase.ts"
import { recorder } from "../support/ParityCase.ts"

const nothingSent = true
const stdin = "Subject: parity\n\nHello.\n"
const toJoe = [...from, "joe"]

const mda = (
  name: string,
  template: string,
  args: ReadonlyArray<string> = toJoe,
  more: Partial<ParityCase> = {}
): ParityCase => ({ name, args, rc: `starttls disabled\nmda "${template}"\n`, ...more })

const runs = (argv: ReadonlyArray<string>, input = stdin): { readonly mda: ReadonlyArray<MdaRun> } => ({
  mda: [{ argv, stdin: input }]
})

const order = "recipients keep their order"
const asGiven = "the address is given as it is, by a way on which a quote can do no harm"

export const templates: ReadonlyArray<ParityCase> = [
  mda("%T", `${recorder} %T`),
  mda("%F", `${recorder} -f %F %T`),
  mda("%F of the null sender", `${recorder} -f %F %T`, ["-f", "", "joe"]),
  mda("no placeholder", `${recorder} -d`),
  mda("placeholders more than once", `${recorder} %T %T %F %F`),
  mda("other percents", `${recorder} %s %% %x %T`),
  mda("%T glued to an option", `${recorder} -a%T`),
  mda("%T in quotes", `${recorder} '%T'`),
  mda("quoted words", `${recorder} 'a b' %T`),
  mda("an empty word", `${recorder} '' %T`),
  mda("a backslash", `${recorder} a\\\\ b %T`),
  mda("a variable", `${recorder} $HOME %T`),
  mda("a pipe", `cat | ${recorder} %T`),
  mda("two commands", `cat >{home}/hooks; ${recorder} %T </dev/null`),
  mda("a redirection", "cat >{home}/hooks", toJoe, { nothingSent }),
  mda("a local part in capitals", `${recorder} %T`, [...from, "Joe"]),
  mda("a subaddress", `${recorder} %T`, [...from, "joe+x"]),
  mda("several recipients", `${recorder} %T`, [...from, "joe", "eve", "kim"], {
    differs: { because: order, c: runs(["kim", "eve", "joe"]), ours: runs(["joe", "eve", "kim"]) }
  }),
  mda("several recipients glued to an option", `${recorder} -a%T`, [...from, "joe", "eve"], {
    differs: { because: order, c: runs(["-aeve", "joe"]), ours: runs(["-ajoe", "eve"]) }
  }),
  mda("%F without -f", `${recorder} %F %T`, ["joe"], {
    differs: {
      because: "the reverse-path is known, given or not",
      c: runs(["", "joe"]),
      ours: runs([`${here.user}@${here.host}`, "joe"])
    }
  }),
  mda("a quote in the recipient", `${recorder} %T`, [...from, "jo'e"], {
    differs: { because: asGiven, c: runs(["jo_e"]), ours: runs(["jo'e"]) }
  }),
  mda("a quote in the sender", `${recorder} %F`, ["-f", "o'x@example.org", "joe"], {
    differs: { because: asGiven, c: runs(["o_x@example.org"]), ours: runs(["o'x@example.org"]) }
  }),
  mda("a recipient that begins with a hyphen", `${recorder} %T`, [...from, "--", "-joe"], {
    differs: {
      because: "the MDA would take it for an option",
      c: { status: 0, complains: false, ...runs(["-joe"]) },
      ours: { status: 65, complains: true, mda: [] }
    }
  })
]

const input = (name: string, text: string, more: Partial<ParityCase> = {}): ParityCase =>
  mda(name, `${recorder} %T`, toJoe, { stdin: text, ...more })

const lines = "an MDA gets one kind of line end, whatever the caller wrote"

const inputDiffers = (because: string, c: string, ours: string) => ({
  differs: { because, c: runs(["joe"], c), ours: runs(["joe"], ours) }
})

export const inputs: ReadonlyArray<ParityCase> = [
  input("LF", "Subject: s\n\na\nb\n"),
  input("dots", "Subject: s\n\n.\n..\n"),
  input("8-bit text", "Subject: s\n\ncaf\u00c3\u00a9\n"),
  input("nothing added, nothing taken", "Return-Path: <x@y>\nCc: a\nCc: b\n\nb\n"),
  input("no header", "\nb\n"),
  input("200 KiB", `Subject: s\n\n${"0123456789abcde\n".repeat(12_800)}`),
  input("Bcc with -t", "To: joe\nSubject: s\nBcc: joe\n\nb\n", {
    args: ["-t"],
    differs: {
      because: "nobody gets a message twice",
      c: runs(["joe", "joe"], "To: joe\nSubject: s\n\nb\n"),
      ours: runs(["joe"], "To: joe\nSubject: s\n\nb\n")
    }
  }),
  input(
    "CRLF",
    "Subject: s\r\n\r\na\r\n",
    inputDiffers(lines, "Subject: s\r\n\r\na\r\n", "Subject: s\n\na\n")
  ),
  input(
    "no newline at the end",
    "Subject: s\n\na",
    inputDiffers(lines, "Subject: s\n\na", "Subject: s\n\na\n")
  ),
  input(
    "a lone CR",
    "Subject: s\n\na\rb\n",
    inputDiffers(lines, "Subject: s\n\na\rb\n", "Subject: s\n\na\nb\n")
  ),
  input("nothing", "", inputDiffers("a message has an empty line behind its header", "", "\n")),
  input(
    "a From line of a mailbox file",
    "From x Mon Jan  5 10:00:00 2026\nSubject: s\n\nb\n",
    inputDiffers(
      "the line is no part of a message",
      "From x Mon Jan  5 10:00:00 2026\nSubject: s\n\nb\n",
      "Subject: s\n\nb\n"
    )
  ),
  input(
    "Bcc without -t",
    "Bcc: x@y.org\nSubject: s\n\nb\n",
    inputDiffers("a blind copy is never shown", "Bcc: x@y.org\nSubject: s\n\nb\n", "Subject: s\n\nb\n")
  ),
  input("a NUL", "Subject: s\n\na\0b\n", {
    differs: {
      because: "NUL is dropped with a warning (RFC 5322 §4)",
      c: { complains: false, ...runs(["joe"], "Subject: s\n\na\0b\n") },
      ours: { complains: true, ...runs(["joe"], "Subject: s\n\nab\n") }
    }
  })
]

const noMail = { server: { answers: { MAIL: ["550 no"] } } }
const apart = "local and remote recipients don't depend on each other"

export const routes: ReadonlyArray<ParityCase> = [
  mda("a remote recipient alone", `${recorder} %T`, send),
  mda("a local and a remote recipient", `${recorder} %T`, [...toJoe, "bob@example.net"]),
  mda("a local recipient, with -v", `${recorder} %T`, ["-v", ...toJoe]),
  mda("a local recipient, with -X", `${recorder} %T`, ["-X", "{home}/transcript", ...toJoe]),
  { name: "no mda and a local recipient", args: toJoe, status: 72, nothingSent },
  mda("force_mda", `${recorder} %T`, send, { rc: `mda "${recorder} %T" force_mda joe\n` }),
  mda("force_mda and %F", `${recorder} %T`, send, { rc: `mda "${recorder} -f %F %T" force_mda joe\n` }),
  mda("force_mda and several recipients", "", [...send, "eve"], {
    rc: `mda "${recorder} %T" force_mda joe\n`
  }),
  { name: "force_mda without mda", args: send, rc: "force_mda joe\n", status: 72, nothingSent },
  mda("force_mda with shell characters", "", send, {
    rc: `mda "${recorder} %T" force_mda 'a"b $HOME; c'\n`
  }),
  {
    name: "no mda, a local and a remote recipient",
    args: [...toJoe, "bob@example.net"],
    differs: { because: apart, c: refused(72), ours: sent({ status: 72, complains: true }) }
  },
  mda(
    "a local and a remote recipient, and the relay refuses",
    `${recorder} %T`,
    [...toJoe, "bob@example.net"],
    {
      ...noMail,
      differs: {
        because: `${apart}; in C the MDA gets an empty message`,
        c: { status: 70, complains: true, ...runs(["joe"], "") },
        ours: { status: 69, complains: true, ...runs(["joe"]) }
      }
    }
  ),
  mda(
    "a local and a remote recipient, and the MDA fails",
    "cat >/dev/null; exit 3",
    [...toJoe, "bob@example.net"],
    {
      status: 71
    }
  )
]

export const endings: ReadonlyArray<ParityCase> = [
  mda("exit 1", "cat >/dev/null; exit 1", toJoe, { status: 71, nothingSent }),
  mda("a signal", "cat >/dev/null; kill -TERM $$", toJoe, { status: 71, nothingSent }),
  mda("output", "cat >/dev/null; echo hi", toJoe, {
    differs: {
      because: "what an MDA says is no answer to the caller",
      c: { stdout: "hi\n", messages: [] },
      ours: { stdout: "", messages: [] }
    }
  }),
  mda("exit 75", "cat >/dev/null; exit 75", toJoe, {
    differs: {
      because: "the MDA asks for another try",
      c: { status: 71, messages: [] },
      ours: { status: 75, messages: [] }
    }
  }),
  mda("exit 70", "cat >/dev/null; exit 70", toJoe, {
    differs: {
      because: "the MDA failed, esmtp did not",
      c: { status: 71, messages: [] },
      ours: { status: 69, messages: [] }
    }
  }),
  mda("exit 67", "cat >/dev/null; exit 67", toJoe, {
    differs: {
      because: "the MDA knows no such user",
      c: { status: 71, messages: [] },
      ours: { status: 67, messages: [] }
    }
  }),
  mda("an MDA that reads nothing of a large message", "exit 0", toJoe, {
    stdin: `Subject: s\n\n${"0123456789abcde\n".repeat(64_000)}`,
    differs: {
      because: "the status of the MDA tells, not how much it read",
      c: { status: "SIGPIPE", messages: [] },
      ours: { status: 0, messages: [] }
    }
  })
]
