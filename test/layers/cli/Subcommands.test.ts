import { spawnSync } from "node:child_process"
import { assert, describe, it } from "@effect/vitest"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type { Invocation } from "../../../src/domain/invocation/Invocation.ts"
import { optionsOf, queueActions, subcommandNames } from "../../../src/domain/invocation/SubcommandOptions.ts"
import { version } from "../../../src/domain/invocation/Version.ts"
import { parseSubcommand } from "../../../src/layers/cli/Subcommands.ts"
import { requirePart } from "../../support/requirePart.ts"

/** What it answers, and what it prints on standard output. */
const ask = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const printed: Array<string> = []
    const real = yield* Console.consoleWith(Effect.succeed)
    const console: Console.Console = {
      ...real,
      log: (...texts) => Effect.sync(() => printed.push(texts.join(" "))),
      error: (...texts) => Effect.sync(() => printed.push(`stderr: ${texts.join(" ")}`))
    }
    const answer = yield* Effect.either(parseSubcommand(args)).pipe(Effect.withConsole(console))
    return { answer, text: printed.join("\n") }
  })

const invocations: ReadonlyArray<readonly [line: string, invocation: Invocation]> = [
  ["queue hold A B", { _tag: "ControlQueue", common: common(), action: "hold", ids: ["A", "B"], all: false }],
  ["queue release A", { _tag: "ControlQueue", common: common(), action: "release", ids: ["A"], all: false }],
  ["queue remove --all", { _tag: "ControlQueue", common: common(), action: "remove", ids: [], all: true }],
  [
    "queue retry A -C file -v",
    {
      _tag: "ControlQueue",
      common: common({ configPath: "file", verbose: true }),
      action: "retry",
      ids: ["A"],
      all: false
    }
  ],
  [
    "queue show -- --all hold",
    { _tag: "ControlQueue", common: common(), action: "show", ids: ["--all", "hold"], all: false }
  ],
  [
    "queue show queue",
    { _tag: "ControlQueue", common: common(), action: "show", ids: ["queue"], all: false }
  ],
  ["check", { _tag: "Check", common: common(), json: false }],
  ["check me@y --json", { _tag: "Check", common: common(), json: true, identity: "me@y" }],
  [
    "check -d2 -X log -L tag --trace",
    {
      _tag: "Check",
      common: common({ debugLevel: 2, trace: true, transcriptPath: "log", logTag: "tag" }),
      json: false
    }
  ],
  ["check queue", { _tag: "Check", common: common(), json: false, identity: "queue" }],
  ["check --config queue", { _tag: "Check", common: common({ configPath: "queue" }), json: false }],
  ["check -C -v", { _tag: "Check", common: common({ configPath: "-v" }), json: false }],
  [
    "deliver A",
    { _tag: "RunQueue", common: common(), request: { ids: ["A"], filters: [], onlyDue: false, json: false } }
  ],
  ["mailq --json", { _tag: "ListQueue", common: common(), json: true }]
]

function common(more: object = {}) {
  return { verbose: false, debugLevel: 0, trace: false, ...more }
}

describe("parseSubcommand", () => {
  for (const [line, invocation] of invocations) {
    it.effect(line, () =>
      Effect.gen(function* () {
        const { answer, text } = yield* ask(line.split(" "))
        assert.deepStrictEqual(answer, Either.right(invocation))
        assert.strictEqual(text, "")
      })
    )
  }

  const mistakes: ReadonlyArray<readonly [line: string, message: string]> = [
    ["queue hold", "queue hold needs an ID, or --all (mailq shows the IDs)"],
    ["queue hold A --all", "queue hold takes IDs or --all, not both"],
    ["queue zap A", "unknown action of 'esmtp queue': zap; use hold, release, remove, retry, show"],
    ["check a b", "check takes one identity"],
    ["check --wizard", "unrecognized option '--wizard' (see 'esmtp check --help')"],
    ["check --log-level debug", "unrecognized option '--log-level' (see 'esmtp check --help')"],
    ["check -C", "option requires an argument -- 'C' (see 'esmtp check --help')"],
    ["check --config=", "-C needs a file name"]
  ]
  for (const [line, message] of mistakes) {
    it.effect(`${line}: one usage error, nothing printed`, () =>
      Effect.gen(function* () {
        const { answer, text } = yield* ask(line.split(" "))
        assert.strictEqual(Either.isLeft(answer) ? answer.left.message : "understood", message)
        assert.strictEqual(text, "")
      })
    )
  }

  it.effect("--version prints the version", () =>
    Effect.gen(function* () {
      const { answer, text } = yield* ask(["--version"])
      assert.deepStrictEqual(answer, Either.right("Handled" as const))
      assert.strictEqual(text, `esmtp ${version}`)
    })
  )
})

describe("--help", () => {
  const pages: ReadonlyArray<ReadonlyArray<string>> = [
    [],
    ...subcommandNames.map((name) => [name]),
    ...Object.keys(queueActions).map((action) => ["queue", action])
  ]
  for (const path of pages) {
    it.effect(
      `of ${["esmtp", ...path].join(" ")} is plain text that fits a terminal and ends without a blank line`,
      () =>
        Effect.gen(function* () {
          const { answer, text } = yield* ask([...path, "--help"])
          assert.deepStrictEqual(answer, Either.right("Handled" as const))
          assert.match(text, /^esmtp .+\n\nUSAGE\n\n {2}\S/)
          assert.notMatch(text, /[^\n -~]|undefined|\n$/)
          assert.isAtMost(Math.max(...text.split("\n").map((line) => line.length)), 100)
        })
    )
  }

  it.effect("of the program names each command and what sendmail flags do", () =>
    Effect.gen(function* () {
      const { text } = yield* ask(["--help"])
      for (const name of subcommandNames) assert.match(text, new RegExp(`^ {2}${name} `, "m"))
      for (const term of [
        "-t",
        "-f address",
        "-bp",
        "-q[what]",
        "-d[level]",
        "--version",
        "--completions SHELL",
        "~/.esmtprc"
      ]) {
        assert.include(text, `\n  ${term} `)
      }
    })
  )

  for (const name of subcommandNames) {
    it.effect(`of ${name} tells each option that the parser knows`, () =>
      Effect.gen(function* () {
        const { text } = yield* ask([name, "--help"])
        for (const { long, text: meaning } of optionsOf(name)) {
          assert.include(text, `--${long}`)
          assert.include(text, meaning)
        }
      })
    )
  }
})

describe("--completions", () => {
  for (const shell of ["bash", "sh", "fish", "zsh"]) {
    it.effect(`for ${shell} has every command and option, and none that is not there`, () =>
      Effect.gen(function* () {
        const { text } = yield* ask(["--completions", shell])
        for (const name of [...subcommandNames, ...Object.keys(queueActions)]) assert.include(text, name)
        for (const long of ["scenario", "recipient", "watch", "json", "config"]) assert.include(text, long)
        assert.notMatch(text, /wizard|log-level/)
        const offers = text.split("\n").filter((line) => /-(?:-|l )(?:version|completions)\b/.test(line))
        assert.isAtMost(offers.length, 2)
        assert.isAtLeast(offers.length, 1)
      })
    )
  }
})

const hasBash = requirePart("bash", "bash")

/** What bash offers for the last of these words. */
const complete = (script: string, words: ReadonlyArray<string>): ReadonlyArray<string> => {
  const request = `COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _esmtp_bash_completions "$1" "\${@: -1}"
    echo "\${COMPREPLY[@]}"`
  const { stdout } = spawnSync("bash", ["-c", `${script}\n${request}`, "bash", ...words], {
    encoding: "utf8"
  })
  return stdout.trim().split(/\s+/)
}

describe.runIf(hasBash)("in bash", () => {
  const cases: ReadonlyArray<readonly [words: ReadonlyArray<string>, offers: ReadonlyArray<string>]> = [
    [["esmtp", "que"], ["queue"]],
    [["esmtp", "--v"], ["--version"]],
    [
      ["esmtp", "queue", "re"],
      ["release", "remove", "retry"]
    ],
    [["esmtp", "queue", "hold", "--a"], ["--all"]],
    [["esmtp", "deliver", "--w"], ["--watch"]],
    [["esmtp", "simulate", "--sc"], ["--scenario"]]
  ]
  for (const [words, offers] of cases) {
    it.effect(`${words.join(" ")}… offers ${offers.join(", ")}`, () =>
      Effect.gen(function* () {
        const { text } = yield* ask(["--completions", "bash"])
        assert.deepStrictEqual(complete(text, words), offers)
      })
    )
  }
})
