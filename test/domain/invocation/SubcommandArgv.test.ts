import { assert, describe, it } from "@effect/vitest"
import type { CommonOptions, Invocation, QueueRunRequest } from "../../../src/domain/invocation/Invocation.ts"
import { isSubcommand } from "../../../src/domain/invocation/SubcommandArgv.ts"
import { noCommon, noRequest, outcome, usageMessage } from "./parsed.ts"

const run = (more: Partial<QueueRunRequest> = {}, common: Partial<CommonOptions> = {}): Invocation => ({
  _tag: "RunQueue",
  common: { ...noCommon, ...common },
  request: { ids: [], filters: [], onlyDue: false, json: false, ...more }
})

const list = (more: object = {}, common: Partial<CommonOptions> = {}): Invocation => ({
  _tag: "ListQueue",
  common: { ...noCommon, ...common },
  json: false,
  ...more
})

const cli = (...args: ReadonlyArray<string>): Invocation => ({ _tag: "Subcommand", args })

const understood: ReadonlyArray<readonly [line: string, invocation: Invocation]> = [
  ["deliver", run()],
  ["deliver ID1 ID2", run({ ids: ["ID1", "ID2"] })],
  ["deliver ID1 --json", run({ ids: ["ID1"], json: true })],
  ["deliver --due", run({ onlyDue: true })],
  ["deliver --watch", run({ repeat: "schedule" })],
  ["deliver --due --linger", run({ onlyDue: true, repeat: "linger" })],
  [
    "deliver -v -C file -X log -d2 -L tag --trace",
    run(
      {},
      { verbose: true, configPath: "file", transcriptPath: "log", debugLevel: 2, logTag: "tag", trace: true }
    )
  ],
  [
    "deliver --verbose --config=file --transcript log --debug 2 --log-tag tag",
    run(
      {},
      { verbose: true, configPath: "file", transcriptPath: "log", debugLevel: 2, logTag: "tag", trace: true }
    )
  ],
  ["deliver -d ID", run({ ids: ["ID"] }, { debugLevel: 1, trace: true })],
  [
    "deliver --recipient bob --sender=me --recipient eve",
    run({
      filters: [
        { field: "recipient", substring: "bob", negated: false },
        { field: "sender", substring: "me", negated: false },
        { field: "recipient", substring: "eve", negated: false }
      ]
    })
  ],
  ["deliver -- --json -x", run({ ids: ["--json", "-x"] })],
  ["esmtp deliver ID1", run({ ids: ["ID1"] })],
  ["deliver --help", cli("deliver", "--help")],
  ["deliver -h", cli("deliver", "--help")],
  ["deliver ID --json --help", cli("deliver", "--help")],
  ["mailq", list()],
  ["mailq -v", list({}, { verbose: true })],
  ["mailq --json", list({ json: true })],
  ["mailq --json -C file -v", list({ json: true }, { configPath: "file", verbose: true })],
  ["mailq --config file --trace", list({}, { configPath: "file", trace: true })],
  ["mailq -Ac", list()],
  ["mailq -bp -q", list()],
  ["mailq -q", run()],
  ["mailq -qf -v", run({}, { verbose: true })],
  ["mailq -q --json", run({ json: true })],
  ["mailq -qRbob", list({ filters: [{ field: "recipient", substring: "bob", negated: false }] })],
  [
    "mailq -q!Ix -qSme",
    list({
      filters: [
        { field: "id", substring: "x", negated: true },
        { field: "sender", substring: "me", negated: false }
      ]
    })
  ],
  ["mailq --help", cli("mailq", "--help")],
  ["esmtp mailq --json", list({ json: true })],
  ["esmtp explain", { _tag: "Explain", common: noCommon, request: noRequest, json: false }],
  [
    "esmtp explain --json -f me@y -t a@x -oi",
    {
      _tag: "Explain",
      common: noCommon,
      json: true,
      request: {
        ...noRequest,
        sender: "me@y",
        recipientsFromHeader: true,
        ignoreDots: true,
        operands: ["a@x"]
      }
    }
  ],
  [
    "esmtp explain -- --json",
    { _tag: "Explain", common: noCommon, request: { ...noRequest, operands: ["--json"] }, json: false }
  ],
  [
    "esmtp explain -f --json a@x",
    {
      _tag: "Explain",
      common: noCommon,
      request: { ...noRequest, sender: "--json", operands: ["a@x"] },
      json: false
    }
  ],
  [
    "esmtp explain -h 3 a@x",
    { _tag: "Explain", common: noCommon, request: { ...noRequest, operands: ["a@x"] }, json: false }
  ],
  ["esmtp explain --help", cli("explain", "--help")],
  [
    "esmtp simulate --scenario weekend.json",
    { _tag: "Simulate", common: noCommon, json: false, scenarioPath: "weekend.json" }
  ],
  [
    "esmtp simulate --scenario weekend.json -v --seed 7 --json",
    {
      _tag: "Simulate",
      common: { ...noCommon, verbose: true },
      json: true,
      scenarioPath: "weekend.json",
      seed: 7
    }
  ],
  [
    "esmtp simulate -i -f me@y a@x",
    {
      _tag: "Simulate",
      common: noCommon,
      json: false,
      invocation: {
        _tag: "Submit",
        common: noCommon,
        request: { ...noRequest, ignoreDots: true, sender: "me@y", operands: ["a@x"] }
      },
      sendmail: ["-i", "-f", "me@y", "--", "a@x"]
    }
  ],
  [
    "esmtp simulate --scenario s.json -q",
    {
      _tag: "Simulate",
      common: noCommon,
      json: false,
      scenarioPath: "s.json",
      invocation: run({ quiet: true }),
      sendmail: ["-q", "--"]
    }
  ],
  ["esmtp simulate --help", cli("simulate", "--help")],
  ["esmtp queue", cli("queue", "--help")],
  ["esmtp queue --help", cli("queue", "--help")],
  ["esmtp queue hold --help", cli("queue", "hold", "--help")],
  ["esmtp queue hold A B", cli("queue", "hold", "--", "A", "B")],
  [
    "esmtp queue remove A -C one --config two -d -v B --all",
    cli("queue", "remove", "--config", "two", "--debug", "1", "--verbose", "--all", "--", "A", "B")
  ],
  ["esmtp queue show -- --all", cli("queue", "show", "--", "--all")],
  ["esmtp check", cli("check", "--")],
  ["esmtp check me@y --json", cli("check", "--json", "--", "me@y")],
  ["esmtp check -h", cli("check", "--help")],
  ["esmtp --help", cli("--help")],
  ["esmtp --help me", cli("--help")],
  ["esmtp --version", cli("--version")],
  ["esmtp --completions bash", cli("--completions", "bash")],
  ["esmtp --completions=zsh", cli("--completions", "zsh")]
]

describe("subcommands", () => {
  for (const [line, invocation] of understood) {
    it(line, () => {
      const [invokedAs = "", ...args] = line.split(" ")
      assert.deepStrictEqual(outcome(invokedAs, args), invocation)
    })
  }
})

const refused: ReadonlyArray<readonly [line: string, message: string]> = [
  ["deliver --jsn", "unrecognized option '--jsn' (see 'esmtp deliver --help')"],
  ["deliver --watch --linger", "--watch stays, --linger ends: not both (see 'esmtp deliver --help')"],
  ["deliver --jsn --help", "unrecognized option '--jsn' (see 'esmtp deliver --help')"],
  ["deliver -y", "invalid option -- 'y' (see 'esmtp deliver --help')"],
  ["deliver -t", "invalid option -- 't' (see 'esmtp deliver --help')"],
  ["deliver --recipient", "option '--recipient' requires an argument (see 'esmtp deliver --help')"],
  ["deliver --recipient=", "option '--recipient' needs a text to look for (see 'esmtp deliver --help')"],
  ["deliver --json=yes", "option '--json' doesn't allow an argument (see 'esmtp deliver --help')"],
  ["deliver --wizard", "unrecognized option '--wizard' (see 'esmtp deliver --help')"],
  ["mailq --jsn", "unrecognized option '--jsn' (see 'esmtp mailq --help')"],
  ["mailq ID", "listing the queue takes no recipients: ID"],
  ["mailq -y", "invalid option -- 'y' (see 'esmtp mailq --help')"],
  ["esmtp explain --jsn", "unrecognized option '--jsn' (see 'esmtp explain --help')"],
  ["esmtp simulate", "simulate needs --scenario FILE, or a message to send"],
  ["esmtp simulate -v", "simulate needs --scenario FILE, or a message to send"],
  ["esmtp simulate -i", "Recipient names must be specified"],
  ["esmtp simulate --seed x --scenario s", "option '--seed' needs a whole number, not x"],
  ["esmtp simulate --scenario=", "--scenario needs a file name"],
  ["esmtp queue zap", "unknown action of 'esmtp queue': zap; use hold, release, remove, retry, show"],
  ["esmtp queue -v hold", "unknown action of 'esmtp queue': -v; use hold, release, remove, retry, show"],
  [
    "esmtp queue constructor A",
    "unknown action of 'esmtp queue': constructor; use hold, release, remove, retry, show"
  ],
  ["esmtp queue hold --al", "unrecognized option '--al' (see 'esmtp queue --help')"],
  ["esmtp check --bogus", "unrecognized option '--bogus' (see 'esmtp check --help')"],
  ["esmtp --completions", "option '--completions' needs a shell: bash, fish or zsh"],
  ["esmtp --completions=tcsh", "option '--completions' needs a shell: bash, fish or zsh"]
]

describe("mistakes in subcommands", () => {
  for (const [line, message] of refused) {
    it(line, () => {
      const [invokedAs = "", ...args] = line.split(" ")
      assert.strictEqual(usageMessage(args, invokedAs), message)
    })
  }

  it("control characters are refused everywhere", () => {
    assert.strictEqual(usageMessage(["a\nb"], "deliver"), "control character in argument: a\\nb")
    assert.strictEqual(
      usageMessage(["--recipient", "a\u001b"], "deliver"),
      "control character in argument: a\\x1b"
    )
    assert.match(usageMessage(["queue", "a\u001b"], "esmtp"), /^unknown action of 'esmtp queue': a\\x1b/)
  })
})

describe("isSubcommand", () => {
  it("knows the first words that are not sendmail syntax", () => {
    for (const word of [
      "deliver",
      "mailq",
      "queue",
      "explain",
      "check",
      "simulate",
      "--help",
      "--version",
      "--completions",
      "--completions=sh"
    ]) {
      assert.isTrue(isSubcommand(word), word)
    }
    for (const word of [
      undefined,
      "",
      "-h",
      "--",
      "Deliver",
      "root",
      "newaliases",
      "--helpme",
      "constructor",
      "--completions\n=x"
    ]) {
      assert.isFalse(isSubcommand(word), word)
    }
  })
})
