/**
 * What a run left behind, freed of what can't be the same twice: paths, ports, the time.
 *
 * The standing differences live here, each applied to every case and so said once:
 * - Recipients: C pushes them at the head of a list and sends them last to first; ours keep their order.
 * - Date:, Message-ID: and From: where the program adds them: C writes a day without a leading zero, `Message-Id`, and no
 *   name of the user; the moment, the domain and the address are compared.
 * - The reply to QUIT: C reads it, ours does not wait for it, so it is left out of transcripts; and how replies are spread
 *   over reads, which is up to the network.
 * - Chunks of BDAT: C sends the header, every read and an empty last chunk apart, ours what fits; the content is compared.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import type { FakeSmtpServer, RecordedConnection, RecordedMessage } from "../../support/FakeSmtpScenario.ts"
import type { RunResult } from "../../support/runProgram.ts"
import type { MdaRun, Observation, SentMessage } from "./ParityCase.ts"

export interface Traces {
  readonly home: string
  readonly server: FakeSmtpServer
  readonly result: RunResult
  /** Octets as characters. */
  readonly stdin: string
  /** `-F` gave a name for From:. */
  readonly isNamed: boolean
  readonly sendsLastFirst: boolean
}

const readIfAny = (file: string): string => (fs.existsSync(file) ? fs.readFileSync(file, "latin1") : "")

const isRcpt = (line: string): boolean => /^RCPT /i.test(line)
const isEnvelope = (line: string): boolean => /^(?:MAIL|RCPT) /i.test(line)

/** Runs of neighbours that `isMember` admits, turned round. */
const turned = (lines: ReadonlyArray<string>, isMember: (line: string) => boolean): ReadonlyArray<string> => {
  const result: Array<string> = []
  let run: Array<string> = []
  for (const line of lines) {
    if (isMember(line)) run.unshift(line)
    else {
      result.push(...run, line)
      run = []
    }
  }
  return [...result, ...run]
}

const decoded = (text: string): string => Buffer.from(text, "base64").toString("latin1").replaceAll("\0", "|")

/** AUTH and the lines after it, readable. */
const commandsOf = ({ commands }: RecordedConnection): ReadonlyArray<string> => {
  const result: Array<string> = []
  let lastWasAuth = false
  for (const line of commands) {
    if (isEnvelope(line)) {
      lastWasAuth = false
      continue
    }
    const verb = /^[A-Z]{4,8}(?= |$)/.exec(line)?.[0]
    const [, mechanism, response] = /^AUTH (\S+) (.*)$/.exec(line) ?? []
    if (mechanism !== undefined && response !== undefined)
      result.push(`AUTH ${mechanism} ${decoded(response)}`)
    else if (lastWasAuth && (verb === undefined || !/^(?:QUIT|RSET|AUTH)$/.test(verb)))
      result.push(line === "*" ? line : `> ${decoded(line)}`)
    else if (verb !== "BDAT") result.push(line)
    else if (result.at(-1) !== "BDAT") result.push("BDAT")
    lastWasAuth = /^AUTH/.test(line) || (lastWasAuth && verb === undefined)
  }
  return result
}

const envelopesOf = (
  connections: ReadonlyArray<RecordedConnection>,
  sendsLastFirst: boolean
): ReadonlyArray<ReadonlyArray<string>> => {
  const envelopes: Array<Array<string>> = []
  for (const command of connections.flatMap(({ commands }) => commands)) {
    // Process ids are part of a Message-ID, and not always of one length.
    const line = command.replace(/ SIZE=\d+/, " SIZE=n")
    if (/^MAIL /i.test(line)) envelopes.push([line])
    else if (isRcpt(line)) envelopes.at(-1)?.push(line)
  }
  return envelopes.map((lines) => (sendsLastFirst ? turned(lines, isRcpt) : lines))
}

const fieldName = (field: string): string => /^[^\s:]+/.exec(field)?.[0].toLowerCase() ?? ""

const headerNames = (message: string): ReadonlySet<string> => {
  const [header = ""] = message.split(/\r?\n\r?\n/, 1)
  return new Set(header.split(/\r?\n(?![ \t])/).map(fieldName))
}

const dayMillis = 86_400_000

const comparable = (field: string, isNamed: boolean): string => {
  const value = field.slice(field.indexOf(":") + 1).trim()
  switch (fieldName(field)) {
    case "date":
      return Math.abs(Date.parse(value) - Date.now()) < dayMillis ? "date: now" : field
    case "message-id":
      return `message-id: ${value.replace(/^<[^<>@ ]+@/, "<unique@")}`
    case "from":
      return `from: ${isNamed ? value : (/<([^<>]*)>$/.exec(value)?.[1] ?? value)}`
    default:
      return field
  }
}

/** Fields in a form in which two programs' additions can be compared; those of the message itself as they are. */
const fieldsFor = ({ isNamed, stdin }: Traces) => {
  const given = headerNames(stdin)
  return (field: string): string => (given.has(fieldName(field)) ? field : comparable(field, isNamed))
}

const messageOf = (
  { wire }: RecordedMessage,
  isStuffed: boolean,
  shown: (field: string) => string
): SentMessage => {
  const text = wire.toString("latin1")
  const end = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n")
  const header = end === -1 ? text : text.slice(0, end)
  const body = end === -1 ? "" : text.slice(end + (end === 0 ? 2 : 4))
  return {
    header: header
      .replace(/\r\n$/, "")
      .split(/\r\n(?![ \t])/)
      .map(shown),
    body: isStuffed ? body.replace(/(?<=^|\r\n)\./g, "") : body
  }
}

const messagesOf = (traces: Traces): ReadonlyArray<SentMessage> =>
  traces.server.connections.flatMap(({ commands, messages }) => {
    const isStuffed = !commands.some((line) => line.startsWith("BDAT"))
    return messages.map((message) => messageOf(message, isStuffed, fieldsFor(traces)))
  })

const mdaRuns = (home: string): ReadonlyArray<MdaRun> => {
  const directory = path.join(home, "mda")
  if (!fs.existsSync(directory)) return []
  return fs
    .readdirSync(directory)
    .filter((name) => name.endsWith(".argv"))
    .sort()
    .map((name) => ({
      argv: readIfAny(path.join(directory, name)).split("\0").slice(0, -1),
      stdin: readIfAny(path.join(directory, name.replace(/argv$/, "stdin")))
    }))
}

/** Texts that name the home or the port of this run name the placeholder instead. */
const placeholders =
  (home: string, port: number) =>
  (text: string): string =>
    text.replaceAll(home, "{home}").replaceAll(`${port}`, "{port}")

/** As if what the server says in one go were always read at once. */
const inOneRead = (lines: ReadonlyArray<string>): ReadonlyArray<string> => {
  let isServer = false
  return lines.map((line) => {
    const wasServer = isServer
    isServer = line.startsWith("S: ") || (isServer && !/^[CH]: /.test(line))
    return wasServer && line.startsWith("S: ") ? line.slice(3) : line
  })
}

const transcriptOf = (text: string, shown: (field: string) => string): string =>
  inOneRead(text.replace(/(?<=^C: QUIT\r\n)S: [^\n]*\n/m, "").split("\n"))
    .map((line) => (line.startsWith("H: ") ? `H: ${shown(line.slice(3))}` : line))
    .join("\n")

export const observe = (traces: Traces): Observation => {
  const { home, result, sendsLastFirst, server } = traces
  const plain = placeholders(home, server.port)
  const stdout = plain(result.stdout)
  return {
    status: result.status ?? result.signal ?? "unknown",
    complains: result.stderr !== "",
    stdout: sendsLastFirst
      ? turned(stdout.split(/(?<=\n)/), (line) => line.startsWith("To ")).join("")
      : stdout,
    commands: server.connections.map(commandsOf),
    envelopes: envelopesOf(server.connections, sendsLastFirst),
    messages: messagesOf(traces),
    mda: mdaRuns(home).map(({ argv, stdin: input }) => ({ argv: argv.map(plain), stdin: input })),
    hooks: plain(readIfAny(path.join(home, "hooks"))),
    transcript: transcriptOf(plain(readIfAny(path.join(home, "transcript"))), fieldsFor(traces))
  }
}
