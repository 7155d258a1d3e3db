/** What this machine says: configuration, queue, command lines. */
import { strict as assert } from "node:assert"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { durationMillis } from "../../../src/domain/config/Durations.ts"
import { print } from "../../../src/domain/config/RcFile.ts"
import { decodeOctets } from "../../../src/domain/config/RcText.ts"
import { allProblems, readSettings } from "../../../src/domain/config/SettingsReader.ts"
import { parse as parseArgv } from "../../../src/domain/invocation/SendmailArgv.ts"
import { errorWords } from "../../../src/domain/invocation/Wording.ts"
import { parseCommandLine } from "../../../src/domain/mda/CommandLine.ts"
import { displayText, parse as parseTemplate, toArgv } from "../../../src/domain/mda/MdaTemplate.ts"
import { crc32c } from "../../../src/domain/queue/Crc32c.ts"
import * as Journal from "../../../src/domain/queue/Journal.ts"
import { fold } from "../../../src/domain/queue/JournalState.ts"
import { argvOf } from "../../../src/domain/queue/LegacyEntry.ts"
import { parse as parseOwner } from "../../../src/domain/queue/Owner.ts"
import * as QueueEntry from "../../../src/domain/queue/QueueEntry.ts"
import * as QueueId from "../../../src/domain/queue/QueueId.ts"
import { pairs, reading } from "../../domain/config/statements.ts"
import { assertOneLine, type Target, toOctets, toText, toUtf8 } from "../Target.ts"

const rc: Target = {
  name: "rc",
  seeds: [
    'identity "a@example.org"\nhostname = mail.example.org:587\nusername "u"\npassword "p\\"q\\x41"\nstarttls enabled\n',
    'identity b@x\ndefault\nmda "/usr/bin/procmail -d %T"\nforce sender "x@y"\nmessage_id no # comment\n',
    "tls=required\nauth: PLAIN\ntimeout 5m\nretry_schedule \"1m 5m\"\nqueue_dir '~/q'\n",
    'hostnam x\npassword "unclosed\n',
    "\xef\xbb\xbfhost \xffx"
  ],
  check: (input) => {
    const text = decodeOctets(input)
    const found = reading(text)
    assert.ok(found.problems.length <= 100)
    if (found.problems.length === 0) {
      assert.deepEqual(pairs(reading(print(found.file))), pairs(found), "what is printed reads the same")
    }
    const source = { path: "/home/kim/.esmtprc", home: "/home/kim" }
    const problems = allProblems(text, source)
    const settings = readSettings(text, source)
    assert.equal(Either.isRight(settings), problems.length === 0)
    for (const problem of problems) {
      assert.ok((problem.line ?? 1) >= 1 && (problem.column ?? 1) >= 1)
      assertOneLine(errorWords(problem), "a complaint")
    }
    if (Either.isLeft(settings)) return
    for (const { relay } of settings.right.identities) {
      assertOneLine(relay.host, "a host")
      assertOneLine(relay.helo ?? "", "a name")
      assert.ok((relay.timeoutMillis ?? 1) > 0)
    }
  }
}

const duration: Target = {
  name: "duration",
  seeds: ["5m", "500ms", "1.5h", "366d", "-1s", "9999999999d"],
  check: (input) => {
    Option.map(durationMillis(toText(input)), (millis) =>
      assert.ok(Number.isFinite(millis) && millis >= 0 && millis <= 366 * 86_400_000)
    )
  }
}

const head = QueueEntry.encodeHead({
  entry: {
    id: QueueId.make(1, new Uint8Array(QueueId.randomOctets)),
    acceptedAt: 1,
    acceptedOn: { bootId: "b", uptimeMillis: 1 },
    userId: 0,
    envelope: { reversePath: "", recipients: [] },
    argv: ["-t"],
    facts: {
      sizeBytes: 9,
      hasEightBitHeader: false,
      hasEightBitBody: false,
      longestLineBytes: 1,
      nulsDropped: 0
    }
  },
  sizes: { wireBytes: 1, localBytes: 0 }
}).replace('"recipients":[]', '"recipients":[{"mailbox":"a@x","route":"relay","notify":"NEVER"}]')

const entry: Target = {
  name: "entry",
  seeds: [head.trimEnd(), `\nEND 9 ${"0".repeat(64)}\n`, '{"format":1}', "[]", "{"],
  check: (input) => {
    const text = toUtf8(input)
    Either.map(QueueEntry.decodeHead(text), (decoded) => {
      for (const { mailbox } of decoded.entry.envelope.recipients) assertOneLine(mailbox, "a recipient")
      assertOneLine(decoded.entry.envelope.reversePath, "a sender")
      const encoded = QueueEntry.encodeHead(decoded)
      assert.equal(encoded.indexOf("\n"), encoded.length - 1, "a head is one line")
      assert.deepEqual(QueueEntry.decodeHead(encoded.slice(0, -1)), Either.right(decoded))
      assert.ok(QueueEntry.contentBytes(encoded.length, decoded) >= decoded.sizes.wireBytes)
    })
    Either.map(QueueEntry.decodeTrailer(text, 1000), (trailer) =>
      assert.ok(text.endsWith(QueueEntry.encodeTrailer(trailer)))
    )
    Option.map(QueueId.parse(text), (parsed) => assert.match(parsed, /^[A-Za-z0-9]{16,64}$/))
    parseOwner(text)
  }
}

const at = 1
const records: ReadonlyArray<Journal.JournalRecord> = [
  { type: "attempt", at, nextAttemptAt: 2 },
  {
    type: "result",
    at,
    ruling: { recipients: [0, 1], verdict: { status: "deferred", text: "x", by: "smtp", enhanced: "4.2.0" } }
  },
  { type: "deferred", at, nextAttemptAt: 9, reason: "later" },
  { type: "settled", at, recipients: [1], reason: "r" },
  { type: "held", at },
  { type: "removed", at }
]

const octetsOf = (list: ReadonlyArray<Journal.JournalRecord>): Uint8Array =>
  Uint8Array.from(Buffer.concat(list.flatMap((record) => Journal.encode(record))))

const journal: Target = {
  name: "journal",
  seeds: [toText(octetsOf(records)), toText(octetsOf(records.slice(0, 1))), "5 00000000 {}\n"],
  check: (input) => {
    const decoded = Journal.decode(input)
    if (Either.isLeft(decoded)) return
    const { goodBytes, records: found } = decoded.right
    assert.ok(goodBytes <= input.length)
    for (const count of [1, 3]) fold(count, found)
    // Texts are cut and long lists divided when they are written; then they stay as they are.
    const written = octetsOf(found)
    const again = Journal.decode(written)
    assert.ok(Either.isRight(again))
    assert.deepEqual(octetsOf(again.right.records), written, "what is written reads the same")
  }
}

/** The same checks on what nobody could write without the checksum. */
const record: Target = {
  name: "journal-record",
  seeds: records.flatMap((one) =>
    Journal.encode(one).map((octets) => toText(octets).replace(/^[0-9]+ [0-9a-f]{8} /, ""))
  ),
  check: (input) => {
    const sum = crc32c(input).toString(16).padStart(8, "0")
    journal.check(
      Uint8Array.from(Buffer.concat([toOctets(`${input.length} ${sum} `), input, toOctets("\n")]))
    )
  }
}

const marker = "M4RKER"
const hostile = { sender: `${marker}$(id)'"\`;|&\n>x`, recipients: [`${marker} a'b"c`, `${marker}\\%T%F*`] }
const plain = { sender: "me@example.org", recipients: ["joe"] }

const mda: Target = {
  name: "mda",
  seeds: [
    "/usr/bin/procmail -f %F -d %T",
    "formail | procmail -d '%T' 2>&1",
    'sh -c "x %T"',
    "cat >/var/mail/%T",
    'mda "a b" --to=%T $(date) `x %F`',
    "a\\ b '%T",
    "<<E %T\nE"
  ],
  check: (input) => {
    const parsed = parseTemplate(toUtf8(input))
    parseCommandLine(toUtf8(input))
    if (Either.isLeft(parsed)) return
    const template = parsed.right
    displayText(template, hostile)
    const values = [hostile.sender, ...hostile.recipients]
    Either.map(toArgv(template, hostile), ({ args, file }) => {
      assert.ok(!file.includes(marker) || template.source.includes(marker), "a value chooses the program")
      if (template.form._tag === "Program") return
      assert.ok(!args[1]?.includes(marker) || template.source.includes(marker), "a value is code")
      assert.deepEqual(args.slice(2), ["esmtp", ...values])
    })
    Either.map(toArgv(template, plain), ({ args, file }) =>
      assert.ok([file, ...args].every((word) => !word.includes("\0")))
    )
  }
}

const argv: Target = {
  name: "argv",
  seeds: [
    "sendmail\0-t\0-i\0-f\0a@x\0b@y",
    "sendmail\0-bp",
    "mailq\0--json",
    "esmtp\0queue\0hold\0ID",
    "esmtp\0explain\0-oi\0-F\0Joe\0--\0-x",
    "sendmail\0-odq\0-N\0failure,delay\0-R\0hdrs\0-V\0id\0-B8BITMIME\0a",
    "sendmail\0-q30m\0-qI!x\0-O\0DeliveryMode=b\0-d3\0-X\0f",
    "deliver\0--watch\0--recipient\0x\0A",
    "sendmail\0-f\0a\r\nRSET\0b"
  ],
  check: (input) => {
    const [name = "", ...args] = toUtf8(input).split("\0")
    Either.match(parseArgv(name, args), {
      onLeft: (error) => assertOneLine(errorWords(error), "a complaint"),
      onRight: (invocation) => {
        if (invocation._tag !== "Submit" && invocation._tag !== "Explain") return
        const { envid = "", fullName = "", operands, sender = "" } = invocation.request
        for (const text of [envid, fullName, sender, ...operands]) assertOneLine(text, "an argument")
      }
    })
  }
}

const legacy: Target = {
  name: "legacy-cmd",
  seeds: ["-t -i\n", "-f a@x b@y c@z\n", "  -oi\t-- -x\n\n", "'a b' \"c\"\n"],
  check: (input) => {
    const words = argvOf(toUtf8(input))
    assert.ok(words.every((word) => word !== "" && !/[ \t\n]/.test(word)))
    parseArgv("sendmail", words)
  }
}

export const localTargets: ReadonlyArray<Target> = [rc, duration, entry, journal, record, mda, argv, legacy]
