import { assert, describe, it } from "@effect/vitest"
import type {
  Invocation,
  QueueFilter,
  QueueRunRequest,
  SubmitRequest
} from "../../../src/domain/invocation/Invocation.ts"
import { sendmailFlags } from "../../../src/domain/invocation/SendmailFlags.ts"
import { noCommon, noRequest, outcome, submitted, usageMessage } from "./parsed.ts"

const to = "a@x"

/** Every row of what C esmtp does with a flag, with its defects mended: what the request has beside the recipient `a@x`. */
const requests: ReadonlyArray<readonly [args: string, more: Partial<SubmitRequest>]> = [
  ["a@x", {}],
  ["-Ac a@x", {}],
  ["-Am a@x", {}],
  ["-A c a@x", {}],
  ["-B 7BIT a@x", { body: "7BIT" }],
  ["-B8BITMIME a@x", { body: "8BITMIME" }],
  ["-B 8bitmime a@x", { body: "8BITMIME" }],
  ["-B8bit a@x", { body: "8BITMIME" }],
  ["-bm a@x", {}],
  ["-bmanything a@x", {}],
  ["-bi -bm a@x", {}],
  ["-bq a@x", { deliveryMode: "queue" }],
  ["-c a@x", {}],
  ["-D/tmp/debug a@x", {}],
  ["-D /tmp/debug a@x", {}],
  ["-E a@x", {}],
  ["-Ex a@x", {}],
  ["-em a@x", {}],
  ["-e m a@x", {}],
  ["-F Joe a@x", { fullName: "Joe" }],
  ["-FJoe a@x", { fullName: "Joe" }],
  ["-f me@y a@x", { sender: "me@y" }],
  ["-fme@y a@x", { sender: "me@y" }],
  ["-r me@y a@x", { sender: "me@y" }],
  ["-f one@y -r two@y a@x", { sender: "two@y" }],
  ["-r one@y -f two@y a@x", { sender: "two@y" }],
  ["-f <> a@x", { sender: "<>" }],
  ["-G a@x", {}],
  ["-h 3 a@x", {}],
  ["-h3 a@x", {}],
  ["-i a@x", { ignoreDots: true }],
  ["-J a@x", {}],
  ["-M x a@x", {}],
  ["-Mxvalue a@x", {}],
  ["-m a@x", {}],
  ["-N never a@x", { notify: "NEVER" }],
  ["-N success a@x", { notify: ["SUCCESS"] }],
  ["-N success,failure,delay a@x", { notify: ["SUCCESS", "FAILURE", "DELAY"] }],
  ["-Nfailure -Ndelay a@x", { notify: ["FAILURE", "DELAY"] }],
  ["-n a@x", {}],
  ["-O DeliveryMode=q a@x", { deliveryMode: "queue" }],
  ["-OdeliveryMode=b a@x", { deliveryMode: "background" }],
  ["-ODeliveryMode=interactive a@x", { deliveryMode: "interactive" }],
  ["-OIgnoreDots a@x", { ignoreDots: true }],
  ["-OIgnoreDots=true a@x", { ignoreDots: true }],
  ["-OTimeout.queuereturn=5d a@x", {}],
  ["-oi a@x", { ignoreDots: true }],
  ["-o i a@x", { ignoreDots: true }],
  ["-i -oiFalse a@x", { ignoreDots: false }],
  ["-oem a@x", {}],
  ["-oep -om -oo -oA/etc/aliases a@x", {}],
  ["-odi a@x", { deliveryMode: "interactive" }],
  ["-odb a@x", { deliveryMode: "background" }],
  ["-odq a@x", { deliveryMode: "queue" }],
  ["-odd a@x", { deliveryMode: "queue" }],
  ["-odf a@x", { deliveryMode: "interactive" }],
  ["-od a@x", { deliveryMode: "interactive" }],
  ["-odq -odi a@x", { deliveryMode: "interactive" }],
  ["-p SMTP:host a@x", {}],
  ["-R full a@x", { ret: "FULL" }],
  ["-R HDRS a@x", { ret: "HDRS" }],
  ["-Rfull -Rhdrs a@x", { ret: "HDRS" }],
  ["-S a@x", {}],
  ["-s a@x", {}],
  ["-T a@x", {}],
  ["-T3d a@x", {}],
  ["-t a@x", { recipientsFromHeader: true }],
  ["-U a@x", {}],
  ["-V id123 a@x", { envid: "id123" }],
  ["-Vmailid a@x", { envid: "mailid" }],
  ["-Vpid a@x", { envid: "pid" }],
  ["-x a@x", {}],
  ["-Zfile a@x", {}],
  ["-d a@x", {}],
  ["-it a@x", { ignoreDots: true, recipientsFromHeader: true }],
  ["a@x -i", { ignoreDots: true }],
  ["-- a@x", {}]
]

describe("a message to take", () => {
  for (const [args, more] of requests) {
    it(`sendmail ${args}`, () => {
      assert.deepStrictEqual(submitted(args.split(" ")), { ...noRequest, ...more, operands: [to] })
    })
  }

  it("takes -t for recipients", () => {
    assert.deepStrictEqual(submitted(["-t"]), { ...noRequest, recipientsFromHeader: true })
  })

  it("keeps an empty -f, the null sender", () => {
    assert.strictEqual(submitted(["-f", "", to]).sender, "")
  })

  it("keeps an empty -F: no full name", () => {
    assert.strictEqual(submitted(["-F", "", to]).fullName, "")
  })

  it("takes an empty -V, as from an unset variable, for none", () => {
    assert.deepStrictEqual(submitted(["-V", "old", "-V", "", to]), { ...noRequest, operands: [to] })
  })

  it("keeps operands as they are and in their order", () => {
    const operands = ["z@x", "c@x,d@x", "Joe <a@x>", "<a@x>", "root", "z@x", "", "a b", "ü@x"]
    assert.deepStrictEqual(submitted(operands).operands, operands)
  })

  it("L5: keeps an operand that looks like a flag, after --", () => {
    assert.deepStrictEqual(submitted(["--", "-d", "--", "-odq"]).operands, ["-d", "--", "-odq"])
  })

  it("lets -d and -T eat no recipient", () => {
    assert.deepStrictEqual(submitted(["-d", "b@x", "-T", "30", to]).operands, ["b@x", "30", to])
  })

  it("skips the value of Exim's -oM…", () => {
    const args = ["-oMr", "spam-scanned", "-oMa", "192.0.2.1", "-oMs", "host", "-oem", to]
    assert.deepStrictEqual(submitted(args).operands, [to])
  })
})

describe("the options of every mode", () => {
  const cases: ReadonlyArray<readonly [args: string, more: object]> = [
    ["-v", { verbose: true }],
    ["-ov", { verbose: true }],
    ["-v -ovFalse", { verbose: false }],
    ["-C file", { configPath: "file" }],
    ["-Cone -C two", { configPath: "two" }],
    ["-X log", { transcriptPath: "log" }],
    ["-L tag", { logTag: "tag" }],
    [`-L ${"x".repeat(40)}`, { logTag: "x".repeat(32) }],
    ["-d", { debugLevel: 1, trace: true }],
    ["--trace", { debugLevel: 0, trace: true }],
    ["-d0", { debugLevel: 0 }],
    ["-d5", { debugLevel: 5, trace: true }],
    ["-d21.12", { debugLevel: 1, trace: true }],
    ["-d+all", { debugLevel: 1, trace: true }],
    ["-d3 -d0", { debugLevel: 0 }]
  ]
  for (const [args, more] of cases) {
    it(`sendmail ${args}`, () => {
      const invocation = outcome("sendmail", [...args.split(" "), to])
      assert.deepStrictEqual(invocation, {
        _tag: "Submit",
        common: { ...noCommon, ...more },
        request: { ...noRequest, operands: [to] }
      })
    })
  }
})

const run = (more: Partial<QueueRunRequest> = {}, common = noCommon): Invocation => ({
  _tag: "RunQueue",
  common,
  request: {
    ids: [],
    filters: [],
    onlyDue: false,
    json: false,
    ...(common.verbose ? {} : { quiet: true }),
    ...more
  }
})

const list: Invocation = { _tag: "ListQueue", common: noCommon, json: false }

const filter = (field: QueueFilter["field"], substring: string, negated = false): QueueFilter => ({
  field,
  substring,
  negated
})

const receive = (more: Partial<SubmitRequest> = {}): Invocation => ({
  _tag: "Receive",
  common: noCommon,
  request: { recipientsFromHeader: false, ignoreDots: false, operands: [], ...more }
})

describe("other modes", () => {
  const cases: ReadonlyArray<readonly [args: string, invocation: Invocation]> = [
    ["-bp", list],
    ["-bm -bp", list],
    ["-bp -q", list],
    ["-q -bp", list],
    ["-bp -oem -i", list],
    ["-bp -v", { ...list, common: { ...noCommon, verbose: true } }],
    ["-bp -qRbob", { ...list, filters: [{ field: "recipient", substring: "bob", negated: false }] }],
    ["-bs", receive()],
    ["-bs -i -v", receive({ ignoreDots: true })],
    ["-bs -odq -oem", receive({ deliveryMode: "queue" })],
    ["-bi", { _tag: "NewAliases" }],
    ["-I", { _tag: "NewAliases" }],
    ["-bi -v -oA/etc/aliases", { _tag: "NewAliases" }],
    ["-q", run()],
    ["-q -v", run({}, { ...noCommon, verbose: true })],
    ["-bm -q", run()],
    ["-qf", run()],
    ["-qff", run()],
    ["-qGgroup", run()],
    ["-q0", run()],
    ["-q30m", run({ onlyDue: true, repeat: { everyMillis: 1_800_000 }, background: true })],
    ["-q30m --foreground", run({ onlyDue: true, repeat: { everyMillis: 1_800_000 } })],
    ["-q1h30m", run({ onlyDue: true, repeat: { everyMillis: 5_400_000 }, background: true })],
    ["-qp", run({ repeat: "schedule", background: true })],
    ["-qp5m", run({ onlyDue: true, repeat: { everyMillis: 300_000 }, background: true })],
    ["-qIabc", run({ filters: [filter("id", "abc")] })],
    ["-qRbob", run({ filters: [filter("recipient", "bob")] })],
    ["-qSme@y", run({ filters: [filter("sender", "me@y")] })],
    ["-q!Rbob -qSme", run({ filters: [filter("recipient", "bob", true), filter("sender", "me")] })],
    ["-q!Iabc", run({ filters: [filter("id", "abc", true)] })],
    [
      "-bv -f me@y a@x",
      {
        _tag: "Explain",
        common: noCommon,
        request: { ...noRequest, sender: "me@y", operands: [to] },
        json: false
      }
    ],
    ["-bv", { _tag: "Explain", common: noCommon, request: noRequest, json: false }],
    [
      "-bv -t",
      {
        _tag: "Explain",
        common: noCommon,
        request: { ...noRequest, recipientsFromHeader: true },
        json: false
      }
    ]
  ]
  for (const [args, invocation] of cases) {
    it(`sendmail ${args}`, () => assert.deepStrictEqual(outcome("sendmail", args.split(" ")), invocation))
  }
})

describe("usage errors", () => {
  const cases: ReadonlyArray<readonly [args: ReadonlyArray<string>, message: string]> = [
    [[], "Recipient names must be specified"],
    [["-v"], "Recipient names must be specified"],
    [["--"], "Recipient names must be specified"],
    [["-y", to], "invalid option -- 'y'"],
    [["-1", to], "invalid option -- '1'"],
    [["-f"], "option requires an argument -- 'f'"],
    [[to, "-C"], "option requires an argument -- 'C'"],
    [["-b"], "option requires an argument -- 'b'"],
    [["--account", "x", to], "unrecognized option '--account' (see sendmail(1) and 'esmtp --help')"],
    [["-B", "BINARYMIME", to], "Unsupported body type BINARYMIME"],
    [["-B", "", to], "Unsupported body type "],
    [["-bx", to], "Invalid operation mode x"],
    [["-b", "", to], "Invalid operation mode "],
    ...[..."aCdDhHlPStz"].map((mode) => [[`-b${mode}`, to], `Unsupported operation mode ${mode}`] as const),
    [["-bd", "-q30m"], "Unsupported operation mode d"],
    [["-bs", to], "SMTP on standard input takes no recipients: a@x"],
    [["-bs", "-t"], "SMTP on standard input takes no recipients: -t"],
    [["-bs", "-q"], "Can not use -q with -bs"],
    [["-N", "zork", to], "Invalid -N argument zork: never, or a list of success, failure, delay"],
    [
      ["-N", "never,delay", to],
      "Invalid -N argument never,delay: never, or a list of success, failure, delay"
    ],
    [["-R", "some", to], "Invalid -R argument some: full or hdrs"],
    [["-V", "ü", to], "Invalid -V argument ü: printable US-ASCII only"],
    [["-odx", to], "Unknown delivery mode x"],
    [["-ODeliveryMode=never", to], "Unknown delivery mode never"],
    [["-Q", "reason"], "Unsupported option -Q"],
    [["-qQ"], "Invalid -q argument Q"],
    [["-qL"], "Invalid -q argument L"],
    [["-qx"], "Invalid -q argument x"],
    [["-q!G"], "Invalid -q argument !G"],
    [["-q!30m"], "Invalid -q argument !30m"],
    [["-q99999d"], "Invalid -q argument 99999d"],
    [["-qR"], "a filter of -q needs a substring glued to it: -qRsubstring"],
    [["-q!I"], "a filter of -q needs a substring glued to it: -qRsubstring"],
    [["-q", "-bv"], "Can not use -q with -bv"],
    [["-q", "-bi"], "Can not use -q with -bi"],
    [["-C", "", to], "-C needs a file name"],
    [["-X", "", to], "-X needs a file name"],
    [["-D", to, "b@x"], `option -D needs a file name, not ${to}`],
    [["-B", "x", "-y"], "Unsupported body type x"],
    [["-y", "-B", "x"], "invalid option -- 'y'"]
  ]
  for (const [args, message] of cases) {
    it(`sendmail ${args.join(" ")}`, () => assert.strictEqual(usageMessage(args), message))
  }

  it("loses no message: recipients beside -q, -bp and -bi are refused", () => {
    assert.strictEqual(usageMessage(["-q", to]), "running the queue takes no recipients: a@x")
    assert.strictEqual(usageMessage(["-q", "30m"]), "running the queue takes no recipients: 30m")
    assert.strictEqual(usageMessage(["-q", "-t"]), "running the queue takes no recipients: -t")
    assert.strictEqual(usageMessage(["-bp", to]), "listing the queue takes no recipients: a@x")
    assert.strictEqual(usageMessage(["-bi", to]), "building aliases takes no recipients: a@x")
    assert.strictEqual(usageMessage(["-I", "-t"]), "building aliases takes no recipients: -t")
  })
})

describe("S5: control characters", () => {
  const hostile = [
    "a@x>\r\nRCPT TO:<victim@y",
    "a\nb",
    "a\rb",
    "a\u0000b",
    "a\tb",
    "a\u001b[2J",
    "a\u007f",
    "a\u0085b",
    "a\u2028b"
  ]
  for (const text of hostile) {
    const shown = JSON.stringify(text)
    it(`refuses ${shown} as recipient, sender, full name, tag and file`, () => {
      for (const args of [
        [text],
        ["--", text],
        ["-f", text, to],
        [`-r${text}`, to],
        ["-F", text, to],
        ["-L", text, to]
      ]) {
        assert.match(usageMessage(args), /^control character in (recipient|-f|-r|-F|-L): [ -~]+$/)
      }
      for (const args of [["-C", text, to], ["-X", text, to], ["-V", text, to], [`-qR${text}`]]) {
        assert.match(usageMessage(args), /^control character in (-C|-X|-V|-q): [ -~]+$/)
      }
    })
    it(`shows no raw ${shown} in whatever message it causes`, () => {
      for (const args of [
        [`-b${text}`],
        [`-B${text}`],
        [`-N${text}`],
        [`-R${text}`],
        [`-od${text}`],
        [`-q${text}`],
        [`--${text}`]
      ]) {
        assert.notMatch(usageMessage(args), /[^ -~…]/)
      }
    })
  }

  it("refuses an address that held octets other than UTF-8", () => {
    assert.strictEqual(usageMessage(["a\ufffd@x"]), "recipient is not valid UTF-8: a\ufffd@x")
    assert.strictEqual(usageMessage(["-f", "\ufffd@x", to]), "-f is not valid UTF-8: \ufffd@x")
    assert.strictEqual(submitted(["-F", "Jos\ufffd", to]).fullName, "Jos\ufffd")
  })
})

describe("the flag table", () => {
  it("has every letter once", () => {
    const letters = sendmailFlags.map(({ letter }) => letter)
    assert.strictEqual(new Set(letters).size, letters.length)
  })

  it("is in the order of a manual: by letter, upper case first", () => {
    const key = (letter: string) => `${letter.toLowerCase()}${letter}`
    const letters = sendmailFlags.map(({ letter }) => letter)
    assert.deepStrictEqual(
      letters,
      letters.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
    )
  })

  for (const { letter, argument, effect } of sendmailFlags) {
    if (effect !== "ignored") continue
    it(`ignores -${letter} and its argument, and nothing else`, () => {
      const args = argument === "required" ? [`-${letter}`, "value", to] : [`-${letter}`, to]
      assert.deepStrictEqual(submitted(args), { ...noRequest, operands: [to] })
    })
  }
})
