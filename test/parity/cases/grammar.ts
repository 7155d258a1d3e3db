/** The grammar of esmtprc, seen through the password that arrives at the server and the name in EHLO. */
import { added, message, onlyC, onlyOurs, refused, send, sent } from "../support/outcomes.ts"
import type { Observation, ParityCase } from "../support/ParityCase.ts"

const nothingSent = true
const host = 'hostname = "127.0.0.1:{port}"\n'
const auth = { server: { extensions: ["AUTH PLAIN"] } }

const withPassword = (password: string): Partial<Observation> => ({
  commands: [["EHLO client.example", `AUTH PLAIN |u|${password}`, "DATA", "QUIT"]]
})

const named = (name: string, domain = name): Partial<Observation> => ({
  commands: [[`EHLO ${name}`, "DATA", "QUIT"]],
  messages: [{ ...message, header: ["Subject: parity", ...added("ada@example.org", domain)] }]
})

const password = (text: string): ParityCase => ({
  name: `password ${JSON.stringify(text)}`,
  args: send,
  rc: `username u\npassword ${text}\n`,
  ...auth
})

const helo = (text: string): ParityCase => ({
  name: `helo ${JSON.stringify(text)}`,
  args: send,
  wholeRc: `${host}helo ${text}\n`
})

const file = (name: string, wholeRc: string): ParityCase => ({ name, args: send, wholeRc })

/** Separators go to standard output in C. */
const echoed = (text: string) => ({ stdout: text })

const asciiMeans = "more is understood than in C, and nothing otherwise"

export const values: ReadonlyArray<ParityCase> = [
  ...[
    "secret",
    '"12345"',
    "12a",
    '"a=b"',
    "a:b",
    "ab#c",
    '"#abc"',
    "host",
    "identity",
    '"a\\\\b"',
    '"a b"'
  ].map(password),
  ...[
    "'a\"b'",
    '"a\'b"',
    '"\\x22"',
    '"\\101b"',
    '"\\65b"',
    '"\\056b"',
    '"\\.b"',
    "a\\.b",
    '"caf\u00c3\u00a9"'
  ].map(password),
  ...["= secret", "=secret", "\n secret", "= # comment\n secret", "\\\n secret", "'two\nlines'"].map(
    password
  ),
  ...["a.example", '"a.example"', "'a.example'", "= a.example", "127.0.0.1", "12a", '"a\\x2eexample"'].map(
    helo
  ),
  ...["a\\x2eexample", '"a\\46example"', '"\\x41"', "A.Example"].map(helo),
  { ...password("12345"), differs: onlyOurs(asciiMeans, 78, withPassword("12345")) },
  { ...password("a=b"), differs: onlyOurs(asciiMeans, 78, withPassword("a=b")) },
  {
    ...password("a,b"),
    differs: onlyOurs(asciiMeans, 78, { ...withPassword("a,b"), stdout: "" }, echoed(","))
  },
  {
    ...password("a;b"),
    differs: onlyOurs(asciiMeans, 78, { ...withPassword("a;b"), stdout: "" }, echoed(";"))
  },
  {
    ...helo("a:b"),
    differs: onlyOurs(asciiMeans, 78, { ...named("a:b", "localhost"), stdout: "" }, echoed(":"))
  },
  { ...helo("host"), differs: onlyOurs(asciiMeans, 78, named("host")) },
  { ...helo("1"), differs: onlyOurs(asciiMeans, 78, named("1")) },
  { ...password("#abc"), status: 78, nothingSent },
  { ...password("a\\ b"), status: 78, nothingSent },
  { ...file("a keyword without a value", `${host}helo =\n`), status: 78, nothingSent },
  {
    ...password('""'),
    differs: {
      because: "RFC 4616 knows no empty password",
      c: sent(withPassword("")),
      ours: { ...refused(77), commands: [["EHLO client.example"]] }
    }
  },
  {
    ...password('"caf\u00e9"'),
    differs: {
      because: "RFC 4616 wants UTF-8, so Latin-1 is converted",
      c: withPassword("caf\u00e9"),
      ours: withPassword("caf\u00c3\u00a9")
    }
  },
  { ...password('"a\\x00b"'), differs: onlyC("C cuts the value at the NUL", 78, withPassword("a")) },
  {
    ...helo('"a\nb"'),
    differs: {
      because: "no value can add a line to a command",
      c: {
        status: 70,
        complains: true,
        commands: [["EHLO a", "b", "QUIT"]],
        envelopes: [["MAIL FROM:<ada@example.org>"]],
        messages: []
      },
      ours: refused(78)
    }
  },
  { ...helo('"a b"'), differs: onlyC("two words are no name of a host", 78, named("a b")) },
  {
    ...helo("a#b.example"),
    differs: {
      because: "a Message-ID that is made ends in the name of a host",
      c: named("a#b.example"),
      ours: named("a#b.example", "localhost")
    }
  }
]

export const files: ReadonlyArray<ParityCase> = [
  file("CRLF line ends", `${host}helo = a.example\n`.replaceAll("\n", "\r\n")),
  file("no newline at the end", `${host}helo = a.example`),
  file("comments", `# one\n${host}helo = a.example # two\n# three\n`),
  {
    ...file("several statements on a line", "host 127.0.0.1:{port} helo a.example user u pass p\n"),
    ...auth
  },
  { ...file("every alias", "host = 127.0.0.1:{port}\nuser = u\npass = p\ntls = disabled\n"), ...auth },
  file("a statement given twice", `${host}helo = a.example\nhelo = b.example\n`),
  file("an empty first section", `identity x@example.org\nidentity ada@example.org\n${host}`),
  file("identity without an equals sign", "identity ada@example.org host 127.0.0.1:{port}\n"),
  { ...file("an unknown keyword", `${host}colour = red\n`), status: 78, nothingSent },
  { ...file("an unknown word for starttls", `${host}starttls = maybe\n`), status: 78, nothingSent },
  { ...file("force without its second word", `${host}force = x\n`), status: 78, nothingSent },
  { ...file("default with a value", `${host}default = yes\n`), status: 78, nothingSent },
  {
    ...file(
      "commas and semicolons between statements",
      "host 127.0.0.1:{port}; helo a.example, tls disabled;\n"
    ),
    differs: {
      because: "C echoes what it skips; our standard output is the user's",
      c: { stdout: ";,;" },
      ours: { stdout: "" }
    }
  },
  ...[
    ["a comment without a newline at the end", `${host}helo = a.example\n# end`],
    ["a byte order mark", `\u00ef\u00bb\u00bf${host}helo = a.example\n`],
    ["keywords in capitals", 'HOSTNAME = "127.0.0.1:{port}"\nHelo = a.example\n'],
    ["a quoted word for starttls", `${host}helo a.example\nstarttls = "disabled"\n`],
    ["a word for starttls in capitals", `${host}helo a.example\nstarttls = Disabled\n`],
    ["a quoted word for message_id", `${host}helo a.example\nmessage_id = "enabled"\n`],
    [
      "an empty section in the middle",
      `identity x@y.org\nhost x\nidentity z@y.org\nidentity a@y.org\n${host}helo a.example default\n`
    ],
    ["an empty section at the end", `${host}helo a.example\nidentity x@y.org\nhost x\nidentity z@y.org\n`]
  ].map(
    ([name = "", text = ""]): ParityCase => ({
      ...file(name, text),
      differs: onlyOurs(asciiMeans, 78, named("a.example"))
    })
  )
]

export const hosts: ReadonlyArray<ParityCase> = [
  { ...file("hostname without quotes", "hostname 127.0.0.1:{port}\n") },
  { ...file("hostname by name", 'hostname = "localhost:{port}"\n') },
  {
    ...file("a port where nobody listens", "hostname = 127.0.0.1:1\n"),
    differs: {
      because: "a relay that can't be reached now is worth another try",
      c: refused(69),
      ours: refused(75)
    }
  },
  {
    ...file("a service that does not exist", "hostname = 127.0.0.1:nosuchservice\n"),
    differs: { because: "it is the configuration that is wrong", c: refused(69), ours: refused(78) }
  },
  {
    ...file("an IPv6 address in brackets, and no one there", 'hostname = "[::1]:1"\n'),
    differs: {
      because: "C knows no such address, ours finds nobody there",
      c: refused(69),
      ours: refused(75)
    }
  }
]
