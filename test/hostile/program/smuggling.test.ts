/**
 * S1: whatever ends a message for some server is put into messages, at every place where the program cuts its input, and
 * goes through the whole program to servers that are strict, lenient, and real. Each of them gets one message for one.
 *
 * Source: RFC 5321 §2.3.8, §4.1.1.4, §4.5.2; CVE-2023-51764, CVE-2023-51765, CVE-2023-51766.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { smugglingSequences } from "../../domain/mail/smugglingSequences.ts"
import { makeHome } from "../../support/EmbeddedRelay.ts"
import { hasPostfix, startPostfix } from "../../support/real/Postfix.ts"
import { requirePart } from "../../support/requirePart.ts"
import { type Run, runProgram } from "../../support/runProgram.ts"
import { makeTempDir } from "../../support/TempDir.ts"

const me = "ada@example.org"

/** What would be the second message. */
const stowaway =
  "MAIL FROM:<eve@example.org>\r\nRCPT TO:<victim@example.net>\r\nDATA\r\nSubject: smuggled\r\n\r\nx"

const header = "Subject: carrier\nMessage-ID: <carrier@example.org>\nDate: Thu, 1 Jan 1970 00:00:00 +0000\n"

const octets = (text: string): Buffer => Buffer.from(text, "latin1")

/** First in the body, after a line, behind text, and last. */
const carrierOf = (sequence: string): Buffer =>
  octets(
    `${header}\n${sequence}${stowaway}${sequence}line\r\n${sequence}${stowaway}${sequence}text${sequence}`
  )

const allInOne: Buffer = octets(
  `${header}\n${smugglingSequences.map((sequence) => `${sequence}${stowaway}${sequence}`).join("some text\n")}`
)

/** Each sequence lies across, or beside, a place where input is cut: the sizes of all reads are multiples of this. */
const cutBytes = 65_536

const acrossCuts = (): Buffer => {
  let message = octets(`${header}\n`)
  for (const sequence of smugglingSequences) {
    for (let before = 0; before <= sequence.length; before++) {
      const start = (Math.floor(message.length / cutBytes) + 1) * cutBytes - before
      const filler = octets("0123456789abcdef\n".repeat(4096)).subarray(0, start - message.length)
      message = Buffer.concat([message, filler, octets(`${sequence}${stowaway}${sequence}`)])
    }
  }
  return message
}

/** In the words of RFC 5321: what is to arrive, with CRLF and without stuffing. */
const canonical = (message: Buffer): string => {
  const text = message
    .toString("latin1")
    .replaceAll("\0", "")
    .replace(/\r\n|\r|\n/g, "\r\n")
  return text.endsWith("\r\n") ? text : `${text}\r\n`
}

interface Lenient {
  readonly port: number
  /** As their bytes came in. */
  readonly messages: ReadonlyArray<string>
  readonly commands: ReadonlyArray<string>
}

/** Takes every line end for one, and a dot between any two of them for the end of a message. */
const lenientServer = Effect.acquireRelease(
  Effect.promise(async () => {
    const messages: Array<string> = []
    const commands: Array<string> = []
    const serve = (socket: net.Socket) => {
      let buffer = ""
      let isData = false
      socket.on("error", () => {})
      const answer = (line: string) => {
        commands.push(line)
        isData = /^data/i.test(line)
        // Else 8-bit text would be converted, and be another text.
        if (/^ehlo/i.test(line)) return void socket.write("250-lenient\r\n250 8BITMIME\r\n")
        socket.write(isData ? "354 go\r\n" : /^quit/i.test(line) ? "221 bye\r\n" : "250 ok\r\n")
        if (/^quit/i.test(line)) socket.end()
      }
      socket.on("data", (bytes: Buffer) => {
        buffer += bytes.toString("latin1")
        for (;;) {
          const end = (isData ? /(?:^|\r\n|\r|\n)\.(?:\r\n|\n|\r(?=.))/s : /\r\n|\n|\r(?=.)/s).exec(buffer)
          if (end === null) return
          const taken = buffer.slice(0, end.index)
          buffer = buffer.slice(end.index + end[0].length)
          if (isData) {
            messages.push(`${taken}\r\n`)
            isData = false
            socket.write("250 2.0.0 taken\r\n")
          } else answer(taken)
        }
      })
      socket.write("220 lenient\r\n")
    }
    const server = net.createServer(serve)
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const address = server.address()
    const lenient: Lenient = {
      port: typeof address === "object" && address !== null ? address.port : 0,
      messages,
      commands
    }
    return { server, lenient }
  }),
  ({ server }) => Effect.sync(() => server.close())
).pipe(Effect.map(({ lenient }) => lenient))

const homeFor = (port: number) => makeHome({ identity: me, hostname: `127.0.0.1:${port}`, tls: "disabled" })

const sendTo = (port: number, stdin: Run["stdin"], args: ReadonlyArray<string> = []) =>
  Effect.gen(function* () {
    const home = yield* homeFor(port)
    const result = yield* runProgram({
      home,
      args: ["-i", "-f", me, ...args, "bob@example.net"],
      ...(stdin === undefined ? {} : { stdin }),
      timeoutMillis: 50_000
    })
    assert.strictEqual(result.status, 0, result.stderr)
    return home
  })

async function* singly(message: Buffer): AsyncIterable<Uint8Array> {
  for (const octet of message) yield Uint8Array.of(octet)
}

const expectOne = ({ commands, messages }: Lenient, message: Buffer): void => {
  assert.strictEqual(messages.length, 1, commands.join("\n").slice(0, 2000))
  assert.isFalse(commands.some((line) => /eve|victim/.test(line)))
  const wire = messages[0] ?? ""
  assert.notMatch(wire, /\r(?!\n)|(?<!\r)\n|\0/)
  const unstuffed = wire.replaceAll("\r\n..", "\r\n.")
  const body = (text: string) => text.slice(text.indexOf("\r\n\r\n"))
  assert.isTrue(body(unstuffed) === body(canonical(message)), "the body arrives as it was meant")
}

describe("a message that holds what may end a message (S1)", () => {
  it.scopedLive.each(smugglingSequences.map((sequence) => [JSON.stringify(sequence), sequence] as const))(
    "is one message for the most lenient of servers: %s",
    ([, sequence]) =>
      Effect.gen(function* () {
        const lenient = yield* lenientServer
        const message = carrierOf(sequence)
        yield* sendTo(lenient.port, message)
        expectOne(lenient, message)
      })
  )

  it.scopedLive("is one message if it comes an octet at a time", () =>
    Effect.gen(function* () {
      const lenient = yield* lenientServer
      yield* sendTo(lenient.port, singly(allInOne))
      expectOne(lenient, allInOne)
    })
  )

  it.scopedLive("is one message with every sequence across every cut of the input", () =>
    Effect.gen(function* () {
      const lenient = yield* lenientServer
      const message = acrossCuts()
      yield* sendTo(lenient.port, message)
      expectOne(lenient, message)
    })
  )

  it.scopedLive("is one message out of the queue", () =>
    Effect.gen(function* () {
      const lenient = yield* lenientServer
      const home = yield* sendTo(lenient.port, allInOne, ["-odq"])
      const result = yield* runProgram({ home, name: "deliver" })
      assert.strictEqual(result.status, 0, result.stderr)
      expectOne(lenient, allInOne)
    })
  )

  it.scopedLive("the lenient server would fall for it", () =>
    Effect.gen(function* () {
      const lenient = yield* lenientServer
      const socket = net.connect(lenient.port, "127.0.0.1")
      yield* Effect.promise(async () => {
        socket.write(`DATA\r\ntext\n.\r\n${stowaway}\r.\nQUIT\r\n`)
        await once(socket.resume(), "end")
      })
      assert.strictEqual(lenient.messages.length, 2)
    })
  )
})

interface Python {
  readonly child: ChildProcess
  readonly port: number
}

const startPython = (directory: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const script = `
import asyncore, smtpd, sys
class Sink(smtpd.SMTPServer):
    count = 0
    def process_message(self, peer, mailfrom, rcpttos, data, **kwargs):
        Sink.count += 1
        with open("${directory}/%d" % Sink.count, "wb") as out: out.write(data)
sink = Sink(("127.0.0.1", 0), None, data_size_limit=0, decode_data=False)
print(sink.socket.getsockname()[1], flush=True)
asyncore.loop()
`
      const child = spawn("python3", ["-W", "ignore", "-c", script], { stdio: ["ignore", "pipe", "inherit"] })
      const [port]: ReadonlyArray<Buffer> = await once(child.stdout, "data")
      const python: Python = { child, port: Number(port?.toString()) }
      return python
    }),
    ({ child }: Python) => Effect.sync(() => child.kill())
  )

describe.runIf(requirePart("python3", "python3"))("with Python's smtpd, a strict server", () => {
  it.scopedLive("each is one message (S1)", () =>
    Effect.gen(function* () {
      const directory = yield* makeTempDir
      const { port } = yield* startPython(directory)
      for (const message of [allInOne, acrossCuts()]) yield* sendTo(port, message)
      const files = fs.readdirSync(directory).sort()
      assert.deepStrictEqual(files, ["1", "2"])
      const stored = fs.readFileSync(path.join(directory, "1"), "latin1")
      const meant = canonical(allInOne).replaceAll("\r\n", "\n")
      assert.strictEqual(`${stored.slice(stored.indexOf("\n\n"))}\n`, meant.slice(meant.indexOf("\n\n")))
    })
  )
})

describe.runIf(hasPostfix())("with a Postfix that forbids nothing, a lenient server", () => {
  it.scopedLive("each is one message (S1)", () =>
    Effect.gen(function* () {
      const postfix = yield* startPostfix({ settings: { smtpd_forbid_bare_newline: "no" } })
      for (const message of [allInOne, acrossCuts()]) yield* sendTo(postfix.plainPort, message)
      // What would have been smuggled came before this one.
      yield* sendTo(postfix.plainPort, "Subject: the last one\n\nbody\n")
      yield* postfix.sink.waitForMessage("Subject: the last one")
      const stored = yield* postfix.sink.waitForMessages(3)
      assert.deepStrictEqual(
        stored.map(({ sender }) => sender),
        [me, me, me]
      )
      assert.isTrue(stored.every(({ recipients }) => recipients.join() === "bob@example.net"))
    })
  )
})
