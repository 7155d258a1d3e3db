import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { select } from "../../../src/domain/config/IdentitySelection.ts"
import { readSettings } from "../../../src/domain/config/SettingsReader.ts"
import type { SubmitRequest } from "../../../src/domain/invocation/Invocation.ts"
import { fromText } from "../../../src/domain/mail/ByteString.ts"
import type { HeaderBlock } from "../../../src/domain/mail/HeaderBlock.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import * as SubmissionPlan from "../../../src/domain/mail/SubmissionPlan.ts"

const request = (more: Partial<SubmitRequest>): SubmitRequest => ({
  recipientsFromHeader: false,
  operands: [],
  ignoreDots: false,
  ...more
})

const header = (...fields: ReadonlyArray<readonly [name: string, text: string]>): HeaderBlock => ({
  fields: fields.map(([name, text]) => ({ name, raw: fromText(`${name}: ${text}\r\n`) })),
  nulsDropped: 0
})

const local = { userName: "ada", hostName: "laptop.example.org" }

const planned = (rc: string, asked: SubmitRequest, block: HeaderBlock = header()) =>
  Either.gen(function* () {
    const settings = yield* readSettings(rc, { path: "/rc" })
    const mailboxes = yield* SubmissionPlan.requestedRecipients(asked, block)
    const resolved = yield* select(settings, yield* SubmissionPlan.identityQuery(asked, block), local)
    return yield* SubmissionPlan.envelope(asked, mailboxes, resolved, settings)
  })

const routes = (rc: string, asked: SubmitRequest, block?: HeaderBlock): ReadonlyArray<string> =>
  Either.match(planned(rc, asked, block), {
    onLeft: (error) => [error.message],
    onRight: ({ recipients }) => recipients.map(({ mailbox, route }) => `${route} ${mailbox}`)
  })

describe("the recipients of a submission", () => {
  it("are those of the header first, then the operands, each once and in order (-t)", () => {
    assert.deepStrictEqual(
      routes(
        "",
        request({ recipientsFromHeader: true, operands: ["z@x.org", "b@x.org"] }),
        header(["To", "a@x.org, b@x.org"], ["Bcc", "c@x.org"])
      ),
      ["relay a@x.org", "relay b@x.org", "relay c@x.org", "relay z@x.org"]
    )
  })

  it("go to the MDA when they have no domain", () => {
    assert.deepStrictEqual(routes("mda procmail", request({ operands: ["root", "bob@x.org"] })), [
      "mda root",
      "relay bob@x.org"
    ])
  })

  it("all go to the MDA under force_mda", () => {
    assert.deepStrictEqual(routes("mda procmail force_mda bob", request({ operands: ["root", "a@x.org"] })), [
      "mda root",
      "mda a@x.org"
    ])
  })

  it("all go to the relay under qualifydomain, full addresses as they are", () => {
    assert.deepStrictEqual(
      routes("qualifydomain q.org mda procmail force_mda bob", request({ operands: ["root", "a@x.org"] })),
      ["relay root@q.org", "relay a@x.org"]
    )
  })

  it("come once where two ways of writing an address turn out the same", () => {
    assert.deepStrictEqual(
      routes("qualifydomain q.org", request({ operands: ["root", "root@q.org", "root@Q.ORG"] })),
      ["relay root@q.org"]
    )
  })

  it("are asked for by A-labels, and remember how they were written (RFC 6531 §3.3)", () => {
    const envelope = Either.getOrThrow(planned("", request({ operands: ["jo@bücher.example"] })))
    assert.deepStrictEqual(envelope.recipients, [
      {
        mailbox: Mailbox("jo@xn--bcher-kva.example"),
        route: "relay",
        originalRecipient: "jo@bücher.example"
      }
    ])
  })

  it("stop the message where one of them can't be understood", () => {
    const block = header(["To", "a@x.org, Joe Doe"])
    assert.match(routes("", request({ recipientsFromHeader: true }), block)[0] ?? "", /^To: "/)
    assert.match(routes("", request({ operands: ["a@x.org", "-d"] }))[0] ?? "", /^recipient "-d"/)
  })

  it("must be somebody", () => {
    assert.deepStrictEqual(
      routes("", request({ recipientsFromHeader: true }), header(["To", "undisclosed-recipients:;"])),
      ["No recipients found"]
    )
    assert.isTrue(Option.isSome(SubmissionPlan.usageProblem(request({}))))
  })
})

describe("the sender of a submission", () => {
  const senderOf = (asked: SubmitRequest, block?: HeaderBlock) =>
    Either.getOrThrow(planned('identity "me@x.org"', { ...asked, operands: ["a@y.org"] }, block)).reversePath

  it("is -f before From:", () => {
    const block = header(["From", "Jo <jo@z.org>"])
    assert.strictEqual(
      senderOf(request({ sender: "kim@x.org", recipientsFromHeader: true }), block),
      "kim@x.org"
    )
    assert.strictEqual(senderOf(request({ recipientsFromHeader: true }), block), "jo@z.org")
  })

  it("is the identity's where nobody says, and nobody's where -f '' or '<>' says so", () => {
    assert.strictEqual(senderOf(request({})), "me@x.org")
    for (const sender of ["", "<>"]) assert.strictEqual(senderOf(request({ sender })), "")
  })
})
