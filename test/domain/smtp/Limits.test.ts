import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { parseEnvid } from "../../../src/domain/invocation/DsnArguments.ts"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import * as Command from "../../../src/domain/smtp/Command.ts"
import { recipientLimit } from "../../../src/domain/smtp/Extensions.ts"
import * as Limits from "../../../src/domain/smtp/Limits.ts"

const isLeft = Either.isLeft<unknown, unknown>

const sizeOf = (command: Either.Either<Command.Command, unknown>): number =>
  Either.getOrThrow(command).bytes.length

describe("commands", () => {
  it("have commandBytes, and not one more", () => {
    const longest = Limits.commandBytes - "EHLO \r\n".length
    assert.strictEqual(sizeOf(Command.ehlo("x".repeat(longest))), Limits.commandBytes)
    assert.isTrue(isLeft(Command.ehlo("x".repeat(longest + 1))))
  })

  it("have pathCommandBytes with an address in them, and not one more", () => {
    const address = (length: number) => Mailbox(`${"x".repeat(length - 6)}@x.org`)
    const longest = Limits.pathCommandBytes - "RCPT TO:<>\r\n".length
    const options = { smtpUtf8: false }
    assert.strictEqual(sizeOf(Command.rcpt(address(longest), options)), Limits.pathCommandBytes)
    assert.isTrue(isLeft(Command.rcpt(address(longest + 1), options)))
    const sender = longest - "MAIL FROM".length + "RCPT TO".length
    assert.strictEqual(sizeOf(Command.mail(address(sender), options)), Limits.pathCommandBytes)
    assert.isTrue(isLeft(Command.mail(address(sender + 1), options)))
  })

  it("send an initial response with AUTH up to commandBytes, and behind it from then on", () => {
    const room = Limits.commandBytes - "AUTH PLAIN \r\n".length
    const response = new Uint8Array(Math.floor(room / 4) * 3)
    assert.isTrue(Command.auth("PLAIN", response).carriesResponse)
    assert.isFalse(Command.auth("PLAIN", new Uint8Array(response.length + 1)).carriesResponse)
  })

  it("carry base64Bytes of a response, and not one more", () => {
    const longest = (Limits.base64Bytes / 4) * 3
    assert.strictEqual(sizeOf(Command.authResponse(new Uint8Array(longest))), Limits.base64Bytes + 2)
    assert.isTrue(isLeft(Command.authResponse(new Uint8Array(longest + 1))))
  })
})

describe("an envelope identifier", () => {
  it("has envidCharacters as xtext, and not one more", () => {
    const { envidCharacters } = Limits
    assert.deepStrictEqual(
      [envidCharacters, envidCharacters + 1].map((length) => isLeft(parseEnvid("x".repeat(length)))),
      [false, true]
    )
    assert.strictEqual(Limits.envidCharacters, 100)
  })
})

describe("a transaction", () => {
  const limitOf = (parameter: string) => recipientLimit(new Map([["LIMITS", [parameter]]]))

  it("takes Limits.recipients at most, whatever more a server promises", () => {
    assert.strictEqual(recipientLimit(new Map()), Limits.recipients)
    assert.strictEqual(limitOf(`RCPTMAX=${Limits.recipients + 1}`), Limits.recipients)
    assert.strictEqual(limitOf(`RCPTMAX=${Limits.recipients - 1}`), Limits.recipients - 1)
  })
})
