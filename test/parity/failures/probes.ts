/**
 * What C esmtp 1.2 gets wrong, as looks at a running program: the same look at both, and what each shows.
 *
 * `c` and `ours` are the sentences of the table in docs/SECURITY.md; `shows` is what they rest upon.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Answer, Scenario } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtp from "../../support/FakeSmtpServer.ts"
import type { PartFailed } from "../../support/PartFailed.ts"
import { Trust } from "../support/ServerCertificates.ts"
import type { Bench, Program } from "./Bench.ts"

type Fact = string | number | boolean | undefined | ReadonlyArray<string>

export interface Probe {
  readonly what: string
  readonly c: string
  readonly ours: string
  readonly shows: Readonly<Record<Program, Readonly<Record<string, Fact>>>>
  readonly look: (
    bench: Bench
  ) => Effect.Effect<Readonly<Record<string, Fact>>, PartFailed, Scope.Scope | Trust>
}

const sending = ["-f", "ada@example.org", "bob@example.net"]

const commandsOf = (server: {
  readonly connections: ReadonlyArray<{ readonly commands: ReadonlyArray<string> }>
}) => server.connections.flatMap(({ commands }) => commands)

/** One message to Bob through a server that does this. */
const sendThrough = (
  bench: Bench,
  scenario: Scenario,
  statements = "",
  args: ReadonlyArray<string> = sending
) =>
  Effect.gen(function* () {
    const server = yield* FakeSmtp.make(scenario)
    yield* bench.configure(server.port, statements)
    const result = yield* bench.call({ args })
    return { result, server }
  })

const statusAfter = (bench: Bench, answers: Scenario["answers"]) =>
  Effect.map(sendThrough(bench, { answers: answers ?? {} }), ({ result }) => result.status)

/** An MDA that runs these lines. */
const withMda = (bench: Bench, lines: string, recipient: string, stdin?: string) =>
  Effect.gen(function* () {
    const mda = path.join(bench.home, "bin/mda")
    fs.writeFileSync(mda, `#!/bin/sh\n${lines}\n`, { mode: 0o700 })
    yield* bench.configure(1, `mda = "${mda} %T"`)
    return yield* bench.call({
      args: ["-f", "ada@example.org", "--", recipient],
      ...(stdin !== undefined && { stdin })
    })
  })

const recordedIn = ({ home }: Bench, name: string): string => {
  const file = path.join(home, name)
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : ""
}

const messageIds = (messages: ReadonlyArray<{ readonly wire: Buffer }>): number =>
  new Set(messages.map(({ wire }) => /^Message-Id: *(.*)$/im.exec(wire.toString())?.[1])).size

const injected: Probe = {
  what: "a reply sent together with the server's yes to STARTTLS, before TLS",
  c: "taken for the reply to EHLO inside TLS, and every reply for that to the next command: exit 0, and the message is lost",
  ours: "the session ends before TLS (76), and nothing of it is believed",
  shows: { c: { status: 0, goesOn: true, taken: 0 }, ours: { status: 76, goesOn: false, taken: 0 } },
  look: (bench) =>
    Effect.gen(function* () {
      const { good } = (yield* Trust).certificates
      const server = yield* FakeSmtp.make({
        tls: { certificate: good.certificate, key: good.key, maxVersion: "TLSv1.2" },
        answers: { STARTTLS: [{ bytes: "220 go\r\n250-fake.example\r\n250 8BITMIME\r\n" }] }
      })
      yield* bench.configure(server.port, "starttls = required", "localhost")
      const { status } = yield* bench.call({ args: sending })
      const goesOn = commandsOf(server).some((line) => line.startsWith("MAIL"))
      return { status, goesOn, taken: server.messages().length }
    })
}

const transcript: Probe = {
  what: "`-X`, with a password to say",
  c: "the password is in the file, in base64, and everybody may read it",
  ours: "masked, mode 0600",
  shows: { c: { tells: true, mode: "644" }, ours: { tells: false, mode: "600" } },
  look: (bench) =>
    Effect.gen(function* () {
      const file = path.join(bench.home, "transcript")
      const account = 'username = "ada"\npassword = "sesame"'
      yield* sendThrough(bench, { extensions: ["AUTH PLAIN"] }, account, ["-X", file, ...sending])
      const secret = Buffer.from("\0ada\0sesame").toString("base64").slice(0, -2)
      return {
        tells: fs.readFileSync(file, "latin1").includes(secret),
        mode: (fs.statSync(file).mode & 0o777).toString(8)
      }
    })
}

const injection: Probe = {
  what: "a recipient argument with a line end and a command in it",
  c: "the command is sent",
  ours: "refused (64), nothing is sent",
  shows: {
    c: { status: 0, recipients: ["RCPT TO:<a@example.net>", "RCPT TO:<victim@example.net>"] },
    ours: { status: 64, recipients: [] }
  },
  look: (bench) =>
    Effect.map(
      sendThrough(bench, {}, "", ["-f", "ada@example.org", "a@example.net>\r\nRCPT TO:<victim@example.net"]),
      ({ result, server }) => ({
        status: result.status,
        recipients: commandsOf(server).filter((line) => line.startsWith("RCPT"))
      })
    )
}

const bareCr: Probe = {
  what: "a lone CR around a dot in the body, which some servers take for the end of the message",
  c: "sent as it is",
  ours: "every CR on the wire is followed by LF",
  shows: { c: { status: 0, bare: true }, ours: { status: 0, bare: false } },
  look: (bench) =>
    Effect.gen(function* () {
      const server = yield* FakeSmtp.make({})
      yield* bench.configure(server.port)
      const { status } = yield* bench.call({ args: sending, stdin: "Subject: x\n\nhi\r.\rMAIL FROM:<x@y>\n" })
      return { status, bare: /\r(?!\n)/.test(server.messages()[0]?.wire.toString("latin1") ?? "") }
    })
}

const temporary: Probe = {
  what: "refused for now (450), and refused for good (550)",
  c: "both exit 70",
  ours: "75 and 67",
  shows: { c: { now: 70, forGood: 70 }, ours: { now: 75, forGood: 67 } },
  look: (bench) =>
    Effect.all({
      now: statusAfter(bench, { RCPT: ["450 4.2.0 not now"] }),
      forGood: statusAfter(bench, { RCPT: ["550 5.1.1 never"] })
    })
}

const lostAfterDot: Probe = {
  what: "the connection is lost after the final dot",
  c: "exit 70, and `0 (null)` for a reason",
  ours: "75, and that another try may be a duplicate",
  shows: { c: { status: 70, says: "0 (null)" }, ours: { status: 75, says: "duplicate" } },
  look: (bench) =>
    Effect.map(
      sendThrough(bench, { answers: { "end-of-data": [{ ending: "close" }] } }),
      ({ result: { status, stderr } }) => ({ status, says: /0 \(null\)|duplicate/.exec(stderr)?.[0] })
    )
}

const oneOfTwo: Probe = {
  what: "one of two recipients refused, `require_all_recipients` not asked for",
  c: "nobody gets the message, and there is no such keyword",
  ours: "the other one gets it",
  shows: { c: { taken: 0 }, ours: { taken: 1 } },
  look: (bench) =>
    Effect.map(
      sendThrough(
        bench,
        { answers: { RCPT: ["250 ok", "550 5.1.1 never"] } },
        bench.program === "c" ? "" : "require_all_recipients = no",
        [...sending, "eve@example.net"]
      ),
      ({ server }) => ({ taken: server.messages().length })
    )
}

const earlyEnd: Probe = {
  what: "an MDA that ends with 0 before it has read 3 MB",
  c: "killed by SIGPIPE",
  ours: "delivered: the status of the MDA decides",
  shows: { c: { end: "SIGPIPE" }, ours: { end: 0 } },
  look: (bench) =>
    Effect.map(
      withMda(bench, "exit 0", "joe", `Subject: x\n\n${"x".repeat(75)}\n`.repeat(40_000)),
      (result) => ({
        end: result.status ?? result.signal
      })
    )
}

const mdaStatus: Probe = {
  what: "an MDA that asks for another try (75), and one that refuses (77)",
  c: "both exit 71",
  ours: "75 and 77",
  shows: { c: { later: 71, never: 71 }, ours: { later: 75, never: 77 } },
  look: (bench) =>
    Effect.all({
      later: Effect.map(withMda(bench, "cat >/dev/null; exit 75", "joe"), ({ status }) => status),
      never: Effect.map(withMda(bench, "cat >/dev/null; exit 77", "joe"), ({ status }) => status)
    })
}

const optionLike: Probe = {
  what: "a recipient called `-d`, delivered by an MDA",
  c: "the MDA gets it as an option",
  ours: "refused (65), and no MDA is run",
  shows: { c: { status: 0, argument: "-d" }, ours: { status: 65, argument: "" } },
  look: (bench) =>
    Effect.map(
      withMda(bench, `printf %s "$1" >'${bench.home}/argument'; cat >/dev/null`, "-d"),
      ({ status }) => ({
        status,
        argument: recordedIn(bench, "argument")
      })
    )
}

const quote: Probe = {
  what: "a recipient with an apostrophe, delivered by an MDA",
  c: "the MDA gets another name: `o_brien`",
  ours: "as it is",
  shows: { c: { argument: "o_brien" }, ours: { argument: "o'brien" } },
  look: (bench) =>
    Effect.map(withMda(bench, `printf %s "$1" >'${bench.home}/argument'; cat >/dev/null`, "o'brien"), () => ({
      argument: recordedIn(bench, "argument")
    }))
}

const openFile: Probe = {
  what: "a password in a file that everybody may read, given with `-C`",
  c: "used",
  ours: "refused (78), with the `chmod` that cures it",
  shows: { c: { status: 0, cure: false }, ours: { status: 78, cure: true } },
  look: (bench) =>
    Effect.gen(function* () {
      const server = yield* FakeSmtp.make({ extensions: ["AUTH PLAIN"] })
      yield* bench.configure(server.port, 'username = "ada"\npassword = "sesame"')
      const file = path.join(bench.home, "rc")
      fs.copyFileSync(path.join(bench.home, ".esmtprc"), file)
      fs.chmodSync(file, 0o644)
      const { status, stderr } = yield* bench.call({ args: ["-C", file, ...sending] })
      return { status, cure: stderr.includes("chmod 600") }
    })
}

const writableFile: Probe = {
  what: "`~/.esmtprc` that everybody may write",
  c: "refused (78)",
  ours: "refused (78)",
  shows: { c: { status: 78 }, ours: { status: 78 } },
  look: (bench) =>
    Effect.gen(function* () {
      yield* bench.configure(1, 'username = "ada"\npassword = "sesame"')
      fs.chmodSync(path.join(bench.home, ".esmtprc"), 0o666)
      return { status: (yield* bench.call({ args: sending })).status }
    })
}

const envid: Probe = {
  what: "`-V id`",
  c: "taken for `-bi`: exit 0, and nothing is sent",
  ours: "the envelope identifier",
  shows: { c: { status: 0, envid: undefined }, ours: { status: 0, envid: "ENVID=id" } },
  look: (bench) =>
    Effect.map(
      sendThrough(bench, { extensions: ["DSN"] }, "", ["-V", "id", ...sending]),
      ({ result, server }) => ({
        status: result.status,
        envid: commandsOf(server)
          .flatMap((line) => line.split(" "))
          .find((word) => word.startsWith("ENVID"))
      })
    )
}

const secondTry: Probe = {
  what: "a message that takes a second try",
  c: "gets another Message-Id and Date; who has both copies can't tell that they are one",
  ours: "is the same message: both were made when it was accepted",
  shows: { c: { copies: 2, identifiers: 2 }, ours: { copies: 2, identifiers: 1 } },
  look: (bench) =>
    Effect.gen(function* () {
      // The server has taken the message, and says so too late.
      const answers: Array<Answer> = [{ bytes: "250-ok\r\n", ending: "close" }]
      const server = yield* FakeSmtp.make({ answers: { "end-of-data": answers } })
      yield* bench.configure(server.port)
      // The queue of C's wrapper keeps the input, and runs the program on it again.
      const isC = bench.program === "c"
      const again = isC ? { args: sending } : { as: "deliver" as const }
      if (!isC) yield* bench.call({ args: ["-odq", ...sending] })
      yield* bench.call(again)
      answers[0] = "250 ok"
      yield* bench.call(again)
      return { copies: server.messages().length, identifiers: messageIds(server.messages()) }
    })
}

export const probes: ReadonlyArray<Probe> = [
  ...[injected, transcript, injection, bareCr, temporary, lostAfterDot, oneOfTwo, earlyEnd],
  ...[mdaStatus, optionLike, quote, openFile, writableFile, envid, secondTry]
]
