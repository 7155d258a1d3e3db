/** Mail programs as people set them up, each handing its mail to our `sendmail`. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import nodemailer from "nodemailer"
import type { ReceivedMail } from "../../scripts/embeddedServer.mjs"
import { type EmbeddedRelay, makeHome, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { PartFailed } from "../support/PartFailed.ts"
import { requirePart } from "../support/requirePart.ts"
import { installNames, type Run, run, searchPath } from "../support/runProgram.ts"
import { writeFiles } from "../support/TempDir.ts"

const me = "ada@example.org"
const grace = "grace@example.net"
const hidden = "archive@example.com"

/** A relay with STARTTLS and AUTH, and a home whose `sendmail` uses it. */
const setUp = Effect.gen(function* () {
  const account = { user: "ada", password: "pass word" }
  const relay = yield* startEmbeddedRelay({ security: "starttls", account })
  const home = yield* makeHome({
    identity: me,
    hostname: `localhost:${relay.port}`,
    username: account.user,
    password: account.password,
    starttls: "required"
  })
  fs.appendFileSync(path.join(home, ".esmtprc"), `tls_ca_file = "${path.join(home, "ca.pem")}"\n`)
  const bin = installNames(home)
  const client = (options: Run) =>
    Effect.gen(function* () {
      const env = { HOME: home, PATH: searchPath(bin), TERM: "dumb", LANG: "C.UTF-8", ...options.env }
      const result = yield* run({ cwd: home, ...options, env })
      assert.strictEqual(result.status, 0, result.stdout + result.stderr)
      return result
    })
  return { relay, home, sendmail: path.join(bin, "sendmail"), client }
})

const text = (received: ReceivedMail | undefined): string => received?.content.toString("utf8") ?? ""

/** What every client's message must have in common when it arrives. */
const assertArrived = (
  received: ReceivedMail | undefined,
  recipients: ReadonlyArray<string>,
  body: RegExp
): void => {
  assert.strictEqual(received?.from, me)
  assert.deepStrictEqual([...(received?.to ?? [])].sort(), [...recipients].sort())
  assert.strictEqual(received?.isEncrypted, true)
  assert.match(text(received), body)
  assert.notMatch(text(received), /^bcc:/im)
  for (const field of ["Date", "Message-ID", "From"]) {
    assert.strictEqual(text(received).match(new RegExp(`^${field}:`, "gim"))?.length, 1, `${field}: once`)
  }
}

const arrival = (relay: EmbeddedRelay): Effect.Effect<void, PartFailed | Cause.TimeoutException> =>
  Effect.suspend(() =>
    relay.messages.length > 0
      ? Effect.void
      : Effect.fail(new PartFailed({ part: "relay", detail: "nothing has arrived" }))
  ).pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeout("20 seconds"))

const muttrc = (sendmail: string): string => `set sendmail="${sendmail}"
set from="${me}"
set use_from=yes
set use_envelope_from=yes
set realname="Ada Lovelace"
set record=""
`

for (const program of ["mutt", "neomutt"]) {
  describe.runIf(requirePart(program, program))(program, () => {
    it.scopedLive("sends an attachment and a blind copy", () =>
      Effect.gen(function* () {
        const { client, home, relay, sendmail } = yield* setUp
        writeFiles(home, { muttrc: muttrc(sendmail), "notes.txt": "the attachment\n" })
        yield* client({
          file: program,
          args: ["-F", `${home}/muttrc`, "-s", "Grüße", "-b", hidden, "-a", `${home}/notes.txt`, "--", grace],
          stdin: "the body\n.\n"
        })
        assertArrived(relay.messages[0], [grace, hidden], /the body\r\n\.\r\n[\s\S]*the attachment\r\n/)
      })
    )
  })
}

describe.runIf(requirePart("s-nail", "s-nail"))("s-nail", () => {
  it.scopedLive("sends with its mta variable", () =>
    Effect.gen(function* () {
      const { client, home, relay, sendmail } = yield* setUp
      // Run by root, s-nail takes the home of the passwd file.
      const mta = ["-S", `mta=${sendmail}`, "-S", `mta-arguments=-C ${home}/.esmtprc`]
      const args = [
        "-n",
        "-S",
        "v15-compat",
        ...mta,
        "-S",
        "sendwait",
        "-r",
        me,
        "-s",
        "hi",
        "-b",
        hidden,
        grace
      ]
      yield* client({ file: "s-nail", args, stdin: "the body\n" })
      assertArrived(relay.messages[0], [grace, hidden], /the body\r\n/)
    })
  )
})

describe.runIf(requirePart("bsd-mailx", "bsd-mailx"))("bsd-mailx", () => {
  it.scopedLive("sends with sendmail set in .mailrc", () =>
    Effect.gen(function* () {
      const { client, home, relay, sendmail } = yield* setUp
      writeFiles(home, { ".mailrc": `set sendmail=${sendmail}\nset sendwait\n` })
      const args = ["-s", "hi", "-b", hidden, "-r", me, grace]
      yield* client({ file: "bsd-mailx", args, stdin: "the body\n" })
      assertArrived(relay.messages[0], [grace, hidden], /the body\r\n/)
    })
  )
})

describe.runIf(requirePart("mailutils", "mail.mailutils"))("mailutils", () => {
  it.scopedLive("sends with a sendmail: mailer", () =>
    Effect.gen(function* () {
      const { client, relay, sendmail } = yield* setUp
      const args = ["--no-config", "--exec", `set sendmail=sendmail:${sendmail}`, "-s", "hi", "-r", me, grace]
      yield* client({ file: "mail.mailutils", args, stdin: "the body\n" })
      assertArrived(relay.messages[0], [grace], /the body\r\n/)
    })
  )
})

describe.runIf(requirePart("nmh", "/usr/bin/mh/send"))("nmh", () => {
  for (const mts of ["sendmail/pipe", "sendmail/smtp"]) {
    it.scopedLive(`sends a draft with mts ${mts}`, () =>
      Effect.gen(function* () {
        const { client, home, relay, sendmail } = yield* setUp
        fs.mkdirSync(path.join(home, "Mail"))
        writeFiles(home, {
          ".mh_profile": "Path: Mail\n",
          draft: `From: ${me}\nTo: ${grace}\nSubject: hi\n\nthe body\n.\n..\n`
        })
        const args = ["-mts", mts, "-sendmail", sendmail, path.join(home, "draft")]
        yield* client({ file: "/usr/bin/mh/send", args })
        // By SMTP it asks for delivery in the background.
        yield* arrival(relay)
        assertArrived(relay.messages[0], [grace], /the body\r\n\.\r\n\.\.\r\n$/)
      })
    )
  }
})

const symfony = "/usr/share/php/Symfony/Component/Mailer/autoload.php"

describe.runIf(requirePart("php-symfony-mailer", () => fs.existsSync(symfony)))("Symfony Mailer", () => {
  const code = (sendmail: string, to: string) => `
require "${symfony}";
$transport = Symfony\\Component\\Mailer\\Transport::fromDsn("sendmail://default?command=" . rawurlencode("${sendmail} -bs"));
$email = (new Symfony\\Component\\Mime\\Email())->from("${me}")->to("${to}")->bcc("${hidden}")->subject("hi")->text("the body\n.\n..\n");
try { (new Symfony\\Component\\Mailer\\Mailer($transport))->send($email); } catch (Exception $e) { echo $e->getMessage(); }`

  it.scopedLive("sends by SMTP on standard input, which is its default", () =>
    Effect.gen(function* () {
      const { client, relay, sendmail } = yield* setUp
      const { stdout } = yield* client({ file: "php", args: ["-r", code(sendmail, grace)] })
      assert.strictEqual(stdout, "")
      assertArrived(relay.messages[0], [grace, hidden], /the body\r\n\.\r\n\.\.\r\n/)
    })
  )

  it.scopedLive("hears why a message could not be sent", () =>
    Effect.gen(function* () {
      const { client, home, sendmail } = yield* setUp
      fs.writeFileSync(path.join(home, ".esmtprc"), "hostname = 127.0.0.1:1\n")
      const { stdout } = yield* client({ file: "php", args: ["-r", code(sendmail, grace)] })
      assert.match(stdout, /"451".*connection refused/s)
    })
  )
})

describe.runIf(requirePart("php", "php"))("PHP", () => {
  it.scopedLive("mail() sends and returns true", () =>
    Effect.gen(function* () {
      const { client, relay, sendmail } = yield* setUp
      const code = `exit(mail("${grace}", "hi", "the body\\n.\\nmore", "From: ${me}\\r\\nBcc: ${hidden}") ? 0 : 1);`
      yield* client({ file: "php", args: ["-d", `sendmail_path=${sendmail} -t -i`, "-r", code] })
      assertArrived(relay.messages[0], [grace, hidden], /the body\r\n\.\r\nmore\r\n/)
    })
  )

  it.scopedLive("mail() returns false when the relay refuses", () =>
    Effect.gen(function* () {
      const { home, sendmail } = yield* setUp
      fs.writeFileSync(path.join(home, ".esmtprc"), "hostname = 127.0.0.1:1\n")
      const code = `exit(mail("${grace}", "hi", "x") ? 0 : 9);`
      const result = yield* run({
        file: "php",
        args: ["-d", `sendmail_path=${sendmail} -t -i`, "-r", code],
        env: { HOME: home }
      })
      assert.strictEqual(result.status, 9, result.stderr)
    })
  )
})

describe.runIf(requirePart("perl", "perl"))("Perl", () => {
  it.scopedLive("a script that opens a pipe to sendmail -t", () =>
    Effect.gen(function* () {
      const { client, relay, sendmail } = yield* setUp
      const script = `open(my $m, "|-", "${sendmail}", "-t", "-oi", "-odi") or die;
print $m "From: ${me.replace("@", "\\@")}\\nTo: ${grace.replace("@", "\\@")}\\nSubject: hi\\n\\nthe body\\n";
close($m) or exit($? >> 8);`
      yield* client({ file: "perl", args: ["-e", script] })
      assertArrived(relay.messages[0], [grace], /the body\r\n/)
    })
  )
})

describe.runIf(requirePart("ruby", "ruby"))("Ruby", () => {
  it.scopedLive("a script that opens a pipe to sendmail -i", () =>
    Effect.gen(function* () {
      const { client, relay, sendmail } = yield* setUp
      const script = `IO.popen(["${sendmail}", "-i", "-f", "${me}", "--", "${grace}"], "w") do |m|
  m.print "From: ${me}\\r\\nTo: ${grace}\\r\\n\\r\\nthe body\\r\\n"
end
exit($?.exitstatus)`
      yield* client({ file: "ruby", args: ["-e", script] })
      assertArrived(relay.messages[0], [grace], /the body\r\n/)
    })
  )
})

describe("nodemailer", () => {
  for (const newline of ["unix", "windows"]) {
    it.scopedLive(`its sendmail transport, ${newline} line ends`, () =>
      Effect.gen(function* () {
        const { home, relay, sendmail } = yield* setUp
        const transport = nodemailer.createTransport({
          sendmail: true,
          path: sendmail,
          args: ["-C", path.join(home, ".esmtprc"), "-i", "-f", me],
          newline
        })
        yield* Effect.promise(() =>
          transport.sendMail({
            from: `Ada <${me}>`,
            to: grace,
            bcc: hidden,
            subject: "Grüße",
            text: "the body\n.\n",
            attachments: [{ filename: "a.bin", content: Buffer.alloc(3000, 7) }]
          })
        )
        assertArrived(relay.messages[0], [grace, hidden], /the body\r\n\.\r\n/)
      })
    )
  }
})
