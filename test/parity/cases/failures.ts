/** What a server refuses, and the exit status that tells. In C it is 70 for almost everything. */

import type { Scenario } from "../../support/FakeSmtpScenario.ts"
import { envelope, refused, send } from "../support/outcomes.ts"
import type { Observation, ParityCase } from "../support/ParityCase.ts"

const onlyEhlo = ["EHLO client.example"]
const ehloQuit = ["EHLO client.example", "QUIT"]
const dataOnly = ["EHLO client.example", "DATA"]
const dataQuit = ["EHLO client.example", "DATA", "QUIT"]
const mail = ["MAIL FROM:<ada@example.org>"]

const f = (
  name: string,
  answers: Scenario["answers"],
  because: string,
  c: Partial<Observation>,
  ours: Partial<Observation>,
  more: Partial<ParityCase> = {}
): ParityCase => ({
  name,
  args: send,
  server: { ...(answers !== undefined && { answers }) },
  differs: { because, c: { messages: [], ...c }, ours: { messages: [], ...ours } },
  ...more
})

const forGood = "refused for good is 69"
const nobody = "all recipients refused for good is 67"
const later = "what may go well next time is 75"
const garbled = "what is no SMTP is 76"
const silentExit = "closing says as much as QUIT to a server that refuses the session"

const status = (number: number): Partial<Observation> => ({ status: number })
const two = [...send, "eve@example.net"]
const bothAsked = [...envelope, "RCPT TO:<eve@example.net>"]
const needless = "as one recipient is refused nothing will be sent, so the others are not asked for"

export const greetings: ReadonlyArray<ParityCase> = [
  ...["421 later", "554 no"].map((reply) =>
    f(
      `greeting ${reply}`,
      { connect: [reply] },
      `${later}; ${silentExit}`,
      { ...refused(69), commands: [["QUIT"]] },
      { ...refused(75), commands: [[]] }
    )
  ),
  f(
    "a connection closed before the greeting",
    { connect: [{ ending: "close" }] },
    later,
    status(69),
    status(75)
  ),
  f("a greeting that is no reply", { connect: ["hello"] }, garbled, status(69), status(76)),
  f(
    "EHLO and HELO refused",
    { EHLO: ["502 what"], HELO: ["550 no"] },
    `${later}; ${silentExit}`,
    { status: 69, commands: [["EHLO client.example", "HELO client.example", "QUIT"]] },
    { status: 75, commands: [["EHLO client.example", "HELO client.example"]] }
  )
]

export const envelopes: ReadonlyArray<ParityCase> = [
  f("MAIL answered 550", { MAIL: ["550 5.1.8 no"] }, forGood, status(70), status(69)),
  f("MAIL answered 450", { MAIL: ["450 4.1.8 later"] }, later, status(70), status(75)),
  f(
    "MAIL answered 421",
    { MAIL: ["421 4.3.2 later"] },
    `${later}; ${silentExit}`,
    {
      status: 70,
      commands: [ehloQuit]
    },
    { status: 75, commands: [onlyEhlo] }
  ),
  f("RCPT answered 550", { RCPT: ["550 5.1.1 unknown"] }, nobody, status(70), status(67)),
  f("RCPT answered 450", { RCPT: ["450 4.2.2 full"] }, later, status(70), status(75)),
  f("one of two recipients refused, the last", {}, nobody, status(70), status(67), {
    args: two,
    rcptAnswers: ["250 ok", "550 5.1.1 unknown"]
  }),
  f(
    "one of two recipients refused, the first",
    {},
    `${needless}; ${nobody}`,
    { status: 70, envelopes: [bothAsked] },
    { status: 67, envelopes: [envelope] },
    { args: two, rcptAnswers: ["550 5.1.1 unknown", "250 ok"] }
  ),
  f(
    "one of two recipients refused for now",
    {},
    `${needless}; ${later}`,
    { status: 70, envelopes: [bothAsked] },
    { status: 75, envelopes: [envelope] },
    { args: two, rcptAnswers: ["450 4.2.2 full", "250 ok"] }
  ),
  f(
    "one of two recipients refused, with PIPELINING",
    {},
    "DATA went along with the recipients, and only closing takes back a message once begun",
    { status: 70, commands: [ehloQuit] },
    { status: 67, commands: [dataOnly] },
    {
      args: two,
      server: { extensions: ["PIPELINING"] },
      rcptAnswers: ["250 ok", "550 5.1.1 unknown"]
    }
  ),
  f(
    "an answer that is no reply",
    { MAIL: ["hello"] },
    garbled,
    { status: 70, commands: [ehloQuit], envelopes: [mail] },
    { status: 76, commands: [onlyEhlo], envelopes: [mail] }
  ),
  f(
    "an answer with two codes",
    { MAIL: ["250-a\r\n251 b"] },
    garbled,
    { status: 70, commands: [ehloQuit], envelopes: [mail] },
    { status: 76, commands: [onlyEhlo], envelopes: [mail] }
  ),
  ...(["MAIL", "RCPT", "DATA"] as const).map((step) =>
    f(`a connection closed after ${step}`, { [step]: [{ ending: "close" }] }, later, status(70), status(75))
  )
]

export const messages: ReadonlyArray<ParityCase> = [
  f("DATA answered 550", { DATA: ["550 no"] }, forGood, status(70), status(69)),
  f("DATA answered 450", { DATA: ["450 later"] }, later, status(70), status(75)),
  f("the message answered 554", { "end-of-data": ["554 5.7.1 spam"] }, forGood, status(70), status(69)),
  f("the message answered 451", { "end-of-data": ["451 4.7.1 later"] }, later, status(70), status(75)),
  f(
    "a connection closed instead of an answer to the message",
    { "end-of-data": [{ ending: "close" }] },
    later,
    status(70),
    status(75)
  ),
  f(
    "DATA answered 250",
    { DATA: ["250 what"] },
    "in C the message is lost, and the status 0",
    { status: 0, complains: false, commands: [dataQuit] },
    { status: 76, complains: true, commands: [dataOnly] }
  )
]
