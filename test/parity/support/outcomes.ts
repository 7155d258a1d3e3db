/** Outcomes that many cases share, and the usual command line and server. */
import * as os from "node:os"
import type { Scenario } from "../../support/FakeSmtpScenario.ts"
import type { Difference, Observation, ParityCase } from "./ParityCase.ts"

export const from = ["-f", "ada@example.org"]
/** One message from Ada to Bob. */
export const send = [...from, "bob@example.net"]

/** Who runs the tests, and where. */
export const here = { user: os.userInfo().username, host: os.hostname() }

export const session = ["EHLO client.example", "DATA", "QUIT"]
export const envelope = ["MAIL FROM:<ada@example.org>", "RCPT TO:<bob@example.net>"]

export const added = (address = "ada@example.org", domain = "client.example") => [
  "date: now",
  `from: ${address}`,
  `message-id: <unique@${domain}>`
]

export const message = { header: ["Subject: parity", ...added()], body: "Hello.\r\n" }

export const nothing = { commands: [], envelopes: [], messages: [] } satisfies Partial<Observation>

/** Ends with `status` before a connection is made. */
export const refused = (status: number, more: Partial<Observation> = {}): Partial<Observation> => ({
  status,
  complains: true,
  ...nothing,
  ...more
})

/** The usual message arrives. */
export const sent = (more: Partial<Observation> = {}): Partial<Observation> => ({
  status: 0,
  complains: false,
  commands: [session],
  envelopes: [envelope],
  messages: [message],
  ...more
})

/** C refuses what ours understands. */
export const onlyOurs = (
  because: string,
  status: number,
  more: Partial<Observation> = {},
  ofC: Partial<Observation> = {}
): Difference => ({
  because,
  c: refused(status, {
    ...Object.fromEntries(Object.keys(more).flatMap((key) => (key === "mda" ? [[key, []]] : []))),
    ...ofC
  }),
  ours: sent(more)
})

/** Ours refuses what C does. */
export const onlyC = (because: string, status: number, more: Partial<Observation> = {}): Difference => ({
  because,
  c: sent(more),
  ours: refused(status)
})

export const offering = (...extensions: ReadonlyArray<string>): { readonly server: Scenario } => ({
  server: { extensions }
})

/** Cases that differ in nothing but a word of their command line. */
export const same = (
  words: ReadonlyArray<string>,
  argsOf: (word: string) => ReadonlyArray<string>,
  more: Partial<ParityCase> = {}
): ReadonlyArray<ParityCase> => words.map((word) => ({ name: word, args: argsOf(word), ...more }))
