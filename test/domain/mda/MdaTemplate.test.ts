import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import { displayText, type MdaValues, parse, toArgv } from "../../../src/domain/mda/MdaTemplate.ts"

const two: MdaValues = { sender: "me@example.org", recipients: ["joe", "ann"] }
const one: MdaValues = { sender: "", recipients: ["joe"] }

const argv = (source: string, values: MdaValues = two): ReadonlyArray<string> =>
  Either.match(toArgv(Either.getOrThrow(parse(source)), values), {
    onLeft: ({ address, because }) => ["unfit", address, because],
    onRight: ({ file, args }) => [file, ...args]
  })

describe("a template that is a program", () => {
  const cases: ReadonlyArray<readonly [string, MdaValues, ReadonlyArray<string>]> = [
    ["/usr/bin/procmail -d %T", two, ["/usr/bin/procmail", "-d", "joe", "ann"]],
    ["/usr/bin/procmail -f %F -d %T", two, ["/usr/bin/procmail", "-f", "me@example.org", "-d", "joe", "ann"]],
    ["procmail -f %F -d %T", one, ["procmail", "-f", "", "-d", "joe"]],
    ["procmail -d '%T'", two, ["procmail", "-d", "joe", "ann"]],
    ['procmail -d "%T"', two, ["procmail", "-d", "joe", "ann"]],
    ["mda --to=%T", one, ["mda", "--to=joe"]],
    ["mda --to=%T", two, ["mda", "--to=joe", "ann"]],
    ["mda -f%F -d%T", two, ["mda", "-fme@example.org", "-djoe", "ann"]],
    ["mda '-f%F'", one, ["mda", "-f"]],
    ["mda %T %T", one, ["mda", "joe", "joe"]],
    ["mda 'To: %T from %F'", two, ["mda", "To: joe ann from me@example.org"]],
    ["mda", two, ["mda"]],
    ["procmail -d %s", two, ["procmail", "-d", "joe", "ann"]],
    ["date +%s", two, ["date", "+%s"]],
    ["mda %s %T", one, ["mda", "%s", "joe"]],
    ["mda %d %%", one, ["mda", "%d", "%%"]]
  ]

  it.each(cases)("%j becomes its arguments", (source, values, expected) => {
    assert.deepStrictEqual(argv(source, values), expected)
  })

  it("hands every value over whole, whatever is in it (L4)", () => {
    const value = FastCheck.stringMatching(/^[^\0\ud800-\udfff-][^\0\ud800-\udfff]{0,40}$/)
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(value, { minLength: 1, maxLength: 4 }),
        value,
        (recipients, sender) => {
          assert.deepStrictEqual(argv("mda -f %F -d %T", { sender, recipients }), [
            "mda",
            "-f",
            sender,
            "-d",
            ...recipients
          ])
        }
      )
    )
  })
})

describe("a template that needs a shell", () => {
  it("gets its values as parameters, never as text (L4)", () => {
    const [file, dash, script, ...parameters] = argv("formail -a X | procmail -d %T", {
      sender: "`id`",
      recipients: ["$(id)", ";id", "a'b"]
    })
    assert.deepStrictEqual([file, dash], ["/bin/sh", "-c"])
    assert.notInclude(script, "id")
    assert.match(script ?? "", /\| procmail -d "\$\{@\}"$/)
    assert.deepStrictEqual(parameters, ["esmtp", "`id`", "$(id)", ";id", "a'b"])
  })

  it("keeps its own text", () => {
    const source = '/usr/bin/formail -a "Date: `date -R`" | /usr/bin/procmail -d joe'
    assert.isTrue(argv(source)[2]?.endsWith(source))
  })
})

describe("an address", () => {
  const refused: ReadonlyArray<readonly [string, MdaValues]> = [
    ["mda -d %T", { sender: "", recipients: ["joe", "-d"] }],
    ["mda -d %T", { sender: "", recipients: ["--"] }],
    ["mda -f %F", { sender: "-oQ/tmp@x", recipients: ["joe"] }],
    ["mda -d %T", { sender: "", recipients: ["a\0b"] }],
    ["mda -d %T", { sender: "", recipients: ["a\ud800"] }],
    ["mda -d %T", { sender: "", recipients: [""] }],
    ["cat | mda %T", { sender: "", recipients: ["-d"] }],
    ["cat | mda %F", { sender: "-d", recipients: ["joe"] }]
  ]

  it.each(refused)(
    "that would not arrive as it is, or as an option, is refused: %j %j (L5)",
    (source, values) => {
      assert.strictEqual(argv(source, values)[0], "unfit")
    }
  )

  it("is not judged where the template does not use it", () => {
    assert.deepStrictEqual(argv("mda -d joe", { sender: "-f", recipients: ["-d"] }), ["mda", "-d", "joe"])
  })

  const parsedAgain = [
    "sh -c 'procmail -d %T'",
    "/bin/bash -lc 'procmail -d %T'",
    'su joe -c "procmail -d %T"',
    "ssh host procmail -d %T",
    "/usr/bin/ssh -p 22 host procmail -d %T",
    "eval procmail -d %T",
    "cat | ssh host procmail -d %T",
    "cat | sh -c 'procmail -d %T'",
    "mda /var/mail/%T",
    "cat >> /var/mail/%T",
    "cat > %T",
    "cat >>%T",
    'cat >> "%T"',
    "perl -e 'print q(%T)'",
    'psql -c "insert into mail values (%T)"',
    'X="a b %T" mda',
    "deliver-%T",
    "cat | deliver-%T",
    "cat | (%T)",
    "cat; '%T'"
  ]

  it.each(parsedAgain)("must be plain where a program could parse it again: %j (L4)", (source) => {
    for (const hostile of [
      "a;id",
      "a`id`",
      "a$(id)",
      "a|id",
      "a&id",
      "a>b",
      "../a",
      "a b",
      "a\nb",
      'a"b',
      "a*"
    ]) {
      assert.strictEqual(argv(source, { sender: "", recipients: [hostile] })[0], "unfit", hostile)
    }
    for (const plain of ["joe", "joe.o'brien+x=y%z@example.org", "j\u00f6rg@b\u00fccher.example"]) {
      assert.notStrictEqual(argv(source, { sender: "", recipients: [plain] })[0], "unfit", plain)
    }
  })

  const free = [
    "procmail -d %T",
    "procmail -a %F -d '%T'",
    "mda --to=%T",
    "cat | procmail -d %T",
    "cat | procmail -f%F -d '%T'",
    'cat | procmail --to="%T"',
    "cat | tee log | procmail -d `echo %T`",
    "sh /home/joe/mda.sh %T"
  ]

  it.each(free)("may be anything where it is an argument of its own: %j", (source) => {
    assert.notStrictEqual(argv(source, { sender: "", recipients: ["`a/b`;|$(c)"] })[0], "unfit")
  })
})

describe("a template", () => {
  it("is refused if it is no command", () => {
    const faults = [
      "",
      " \n ",
      "mda 'x",
      'cat | mda "x',
      "cat | (mda",
      "a\0b",
      "%T",
      "'%T' x",
      ' "%F" | cat'
    ].map((source) => Either.getOrElse(Either.flip(parse(source)), () => "accepted"))
    assert.deepStrictEqual(faults, [
      "Empty",
      "Empty",
      "Unterminated",
      "Unterminated",
      "Unterminated",
      "Nul",
      "ProgramFromAddress",
      "ProgramFromAddress",
      "ProgramFromAddress"
    ])
  })

  it("is shown as esmtp would have run it", () => {
    const template = Either.getOrThrow(parse("procmail -f %F -d %T"))
    assert.strictEqual(displayText(template, two), "procmail -f 'me@example.org' -d 'joe' 'ann'")
    const odd = { sender: "", recipients: ["o'brien", "$&"] }
    assert.strictEqual(displayText(template, odd), "procmail -f '' -d 'o'\\''brien' '$&'")
  })

  it("never throws", () => {
    FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary" }), FastCheck.string(), (source, value) => {
        const template = parse(source)
        if (Either.isRight(template)) toArgv(template.right, { sender: value, recipients: [value, "x"] })
      }),
      { numRuns: 1000 }
    )
  })
})
