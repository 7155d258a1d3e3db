import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { SubmitRequest } from "../../../src/domain/invocation/Invocation.ts"
import { parse, programName } from "../../../src/domain/invocation/SendmailArgv.ts"
import { sendmailFlags } from "../../../src/domain/invocation/SendmailFlags.ts"
import { UsageError } from "../../../src/domain/invocation/UsageError.ts"
import { noRequest, outcome, submitted } from "./parsed.ts"

describe("the name it is called by", () => {
  const names: ReadonlyArray<readonly [path: string, name: string]> = [
    ["sendmail", "sendmail"],
    ["/usr/sbin/sendmail", "sendmail"],
    ["/usr/lib/node_modules/esmtp/dist/esmtp.mjs", "esmtp"],
    ["./mailq.js", "mailq"],
    ["deliver.cjs", "deliver"],
    ["/usr/bin/sendmail.esmtp", "sendmail.esmtp"],
    ["", ""]
  ]
  for (const [path, name] of names) {
    it(`is the last part of ${JSON.stringify(path)}`, () => assert.strictEqual(programName(path), name))
  }

  const tags: ReadonlyArray<readonly [invokedAs: string, args: ReadonlyArray<string>, tag: string]> = [
    ["/usr/bin/mailq", [], "ListQueue"],
    ["/usr/bin/mailq.mjs", ["-v"], "ListQueue"],
    ["/usr/bin/newaliases", [], "NewAliases"],
    ["newaliases", ["-bp"], "ListQueue"],
    ["newaliases", ["-v"], "NewAliases"],
    ["deliver", [], "RunQueue"],
    ["esmtp", ["a@x"], "Submit"],
    ["esmtp", ["-t"], "Submit"],
    ["esmtp", ["-bp"], "ListQueue"],
    ["esmtp", ["mailq"], "ListQueue"],
    ["esmtp", ["deliver"], "RunQueue"],
    ["esmtp", ["explain", "a@x"], "Explain"],
    ["esmtp", ["--help"], "Subcommand"],
    ["esmtp", ["--", "deliver"], "Submit"],
    ["esmtp", ["-i", "deliver"], "Submit"],
    ["sendmail", ["deliver"], "Submit"],
    ["sendmail", ["mailq"], "Submit"],
    ["ssmtp", ["a@x"], "Submit"],
    ["esmtp", ["newaliases"], "Submit"]
  ]
  for (const [invokedAs, args, tag] of tags) {
    it(`decides: ${[invokedAs, ...args].join(" ")} is ${tag}`, () => {
      const invocation = outcome(invokedAs, args)
      assert.strictEqual(typeof invocation === "string" ? invocation : invocation._tag, tag)
    })
  }
})

/** Command lines that programs really use. */
const callers: ReadonlyArray<
  readonly [caller: string, args: ReadonlyArray<string>, request: Partial<SubmitRequest>]
> = [
  ["git send-email", ["-i", "a@x", "b@x"], { ignoreDots: true, operands: ["a@x", "b@x"] }],
  [
    "git send-email with an envelope sender",
    ["-f", "me@y", "-i", "a@x"],
    { sender: "me@y", ignoreDots: true, operands: ["a@x"] }
  ],
  [
    "mutt",
    ["-oem", "-oi", "-f", "me@y", "--", "a@x", "b@x"],
    { ignoreDots: true, sender: "me@y", operands: ["a@x", "b@x"] }
  ],
  [
    "mutt with DSN",
    ["-oem", "-oi", "-N", "failure,delay", "-R", "hdrs", "-B8BITMIME", "--", "a@x"],
    { ignoreDots: true, notify: ["FAILURE", "DELAY"], ret: "HDRS", body: "8BITMIME", operands: ["a@x"] }
  ],
  ["PHP mail()", ["-t", "-i"], { recipientsFromHeader: true, ignoreDots: true }],
  [
    "PHP mail() with additional parameters",
    ["-t", "-i", "-fwww@x"],
    { recipientsFromHeader: true, ignoreDots: true, sender: "www@x" }
  ],
  [
    "Vixie cron",
    ["-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root"],
    { fullName: "CronDaemon", ignoreDots: true, body: "8BITMIME", operands: ["root"] }
  ],
  [
    "Debian cron",
    ["-i", "-FCronDaemon", "-B8BITMIME", "-oem", "root"],
    { fullName: "CronDaemon", ignoreDots: true, body: "8BITMIME", operands: ["root"] }
  ],
  [
    "cronie",
    ["-FCronDaemon", "-i", "-odi", "-oem", "-oi", "-t", "-f", "root"],
    {
      fullName: "CronDaemon",
      ignoreDots: true,
      deliveryMode: "interactive",
      recipientsFromHeader: true,
      sender: "root"
    }
  ],
  [
    "anacron",
    ["-FAnacron", "-odi", "root"],
    { fullName: "Anacron", deliveryMode: "interactive", operands: ["root"] }
  ],
  ["at and batch", ["-i", "user"], { ignoreDots: true, operands: ["user"] }],
  ["sudo", ["-t"], { recipientsFromHeader: true }],
  ["mdadm", ["-t"], { recipientsFromHeader: true }],
  ["smartd through mailx", ["-i", "--", "root@x"], { ignoreDots: true, operands: ["root@x"] }],
  [
    "fetchmail",
    ["-i", "-f", "sender@y", "user"],
    { ignoreDots: true, sender: "sender@y", operands: ["user"] }
  ],
  [
    "fetchmail with a null sender",
    ["-i", "-f", "", "user"],
    { ignoreDots: true, sender: "", operands: ["user"] }
  ],
  ["s-nail", ["-i", "-f", "me@y", "--", "a@x"], { ignoreDots: true, sender: "me@y", operands: ["a@x"] }],
  ["Heirloom mailx", ["-i", "-r", "me@y", "a@x"], { ignoreDots: true, sender: "me@y", operands: ["a@x"] }],
  ["bsd-mailx", ["-i", "-m", "a@x"], { ignoreDots: true, operands: ["a@x"] }],
  [
    "mailutils",
    ["-oi", "-f", "me@y", "-t"],
    { ignoreDots: true, sender: "me@y", recipientsFromHeader: true }
  ],
  ["nmh", ["-m", "-t", "-oi", "-oem"], { ignoreDots: true, recipientsFromHeader: true }],
  [
    "nodemailer",
    ["-i", "-f", "me@y", "a@x", "b@x"],
    { ignoreDots: true, sender: "me@y", operands: ["a@x", "b@x"] }
  ],
  ["Perl MIME::Lite", ["-t", "-oi", "-oem"], { ignoreDots: true, recipientsFromHeader: true }],
  ["Perl Mail::Mailer", ["-i", "-f", "me@y", "a@x"], { ignoreDots: true, sender: "me@y", operands: ["a@x"] }],
  [
    "Email::Sender",
    ["-i", "-f", "me@y", "--", "a@x"],
    { ignoreDots: true, sender: "me@y", operands: ["a@x"] }
  ],
  [
    "Ruby mail",
    ["-i", "-f", "me@y", "--", "a@x", "-b@x"],
    { ignoreDots: true, sender: "me@y", operands: ["a@x", "-b@x"] }
  ],
  ["Rails with its old default", ["-i", "-t"], { ignoreDots: true, recipientsFromHeader: true }],
  ["Symfony Mailer", ["-t", "-i"], { ignoreDots: true, recipientsFromHeader: true }],
  ["PHPMailer", ["-oi", "-fme@y", "-t"], { ignoreDots: true, sender: "me@y", recipientsFromHeader: true }],
  [
    "Django through django-sendmail",
    ["-t", "-i", "-f", "me@y"],
    { ignoreDots: true, recipientsFromHeader: true, sender: "me@y" }
  ],
  [
    "reportbug",
    ["-oi", "-oem", "-f", "me@y", "submit@bugs.debian.org"],
    { ignoreDots: true, sender: "me@y", operands: ["submit@bugs.debian.org"] }
  ],
  ["logwatch", ["-t"], { recipientsFromHeader: true }],
  ["apticron and unattended-upgrades", ["-oi", "-t"], { ignoreDots: true, recipientsFromHeader: true }],
  [
    "monit",
    ["-oi", "-f", "monit@host", "root"],
    { ignoreDots: true, sender: "monit@host", operands: ["root"] }
  ],
  [
    "GNU Emacs",
    ["-oi", "-fme@y", "-odi", "-t"],
    { ignoreDots: true, sender: "me@y", deliveryMode: "interactive", recipientsFromHeader: true }
  ],
  [
    "GNU Emacs in the background",
    ["-oi", "-f", "me@y", "-odb", "-oem", "-t"],
    { ignoreDots: true, sender: "me@y", deliveryMode: "background", recipientsFromHeader: true }
  ],
  ["Mailman", ["-f", "", "-oi", "a@x"], { ignoreDots: true, sender: "", operands: ["a@x"] }],
  [
    "procmail's forward",
    ["-oi", "-f", "from@y", "a@x"],
    { ignoreDots: true, sender: "from@y", operands: ["a@x"] }
  ],
  [
    "vacation",
    ["-f", "<>", "-N", "never", "-t"],
    { sender: "<>", notify: "NEVER", recipientsFromHeader: true }
  ],
  [
    "Postfix's sendmail(1)",
    ["-G", "-i", "-v", "-n", "-V", "abc", "a@x"],
    { ignoreDots: true, envid: "abc", operands: ["a@x"] }
  ],
  [
    "Exim's habits",
    ["-oem", "-oi", "-oMr", "local", "-f", "<me@y>", "a@x"],
    { ignoreDots: true, sender: "<me@y>", operands: ["a@x"] }
  ],
  ["OSF mailx", ["-U", "-x", "-m", "a@x"], { operands: ["a@x"] }],
  ["Nagios", ["-v", "-t"], { recipientsFromHeader: true }],
  ["rkhunter", ["-i", "-t", "-Am"], { ignoreDots: true, recipientsFromHeader: true }]
]

describe("callers", () => {
  for (const [caller, args, request] of callers) {
    it(`${caller}: sendmail ${args.join(" ")}`, () => {
      assert.deepStrictEqual(submitted(args, "/usr/sbin/sendmail"), { ...noRequest, ...request })
    })
  }
})

const word = FastCheck.oneof(
  { weight: 2, arbitrary: FastCheck.string({ unit: "binary", maxLength: 6 }) },
  {
    weight: 3,
    arbitrary: FastCheck.tuple(
      FastCheck.constantFrom(...sendmailFlags.map(({ letter }) => letter)),
      FastCheck.string({ maxLength: 4 })
    ).map(([letter, value]) => `-${letter}${value}`)
  },
  {
    weight: 2,
    arbitrary: FastCheck.constantFrom(
      "a@x",
      "-",
      "--",
      "--json",
      "--help",
      "--config",
      "deliver",
      "queue",
      "show",
      "-oi",
      "--scenario",
      "--seed=3"
    )
  }
)

const names = FastCheck.constantFrom(
  "sendmail",
  "esmtp",
  "mailq",
  "newaliases",
  "deliver",
  "/usr/sbin/sendmail"
)

/** What argv can hold and no rule refuses. */
const graphic = FastCheck.string({ unit: "grapheme", maxLength: 12 }).filter(
  (text) => !/[\p{Cc}\u2028\u2029\ufffd]/u.test(text)
)

describe("for any command line", () => {
  it("never throws: there is an invocation or a usage error", () => {
    FastCheck.assert(
      FastCheck.property(names, FastCheck.array(word, { maxLength: 6 }), (name, args) => {
        const result = parse(name, args)
        if (Either.isLeft(result)) {
          assert.instanceOf(result.left, UsageError)
          assert.notStrictEqual(result.left.message, "")
          assert.notMatch(`${result.left.message}${result.left.argument ?? ""}`, /\p{Cc}/u)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("operands after -- arrive as they are", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.array(graphic, { minLength: 1 }), (operands) => {
        assert.deepStrictEqual(submitted(["-i", "--", ...operands]).operands, operands)
      })
    )
  })

  it("flags mixed among operands change neither the operands nor their order", () => {
    const flag = FastCheck.constantFrom("-i", "-oem", "-v", "-d", "-T", "-U", "-m")
    const operand = FastCheck.emailAddress().filter((address) => !address.startsWith("-"))
    FastCheck.assert(
      FastCheck.property(FastCheck.array(FastCheck.oneof(flag, operand)), (args) => {
        const operands = args.filter((arg) => !arg.startsWith("-"))
        FastCheck.pre(operands.length > 0)
        assert.deepStrictEqual(submitted(args).operands, operands)
      })
    )
  })

  it("S5: nothing that is accepted holds a control character", () => {
    FastCheck.assert(
      FastCheck.property(names, FastCheck.array(word, { maxLength: 5 }), (name, args) => {
        const result = parse(name, args)
        if (Either.isLeft(result) || result.right._tag !== "Submit") return
        assert.notMatch(Object.values(result.right.request).flat().join(""), /\p{Cc}/u)
      }),
      { numRuns: 2000 }
    )
  })

  it("S9: ten thousand recipients are no trouble", () => {
    const operands = Array.from({ length: 10_000 }, (_, index) => `user${index}@example.org`)
    assert.strictEqual(submitted(["-i", ...operands]).operands.length, 10_000)
  })
})
