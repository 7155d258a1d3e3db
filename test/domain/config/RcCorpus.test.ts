import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { expandForced, expandSender } from "../../../src/domain/config/AddressTemplate.ts"
import { decodeOctets } from "../../../src/domain/config/RcText.ts"
import type { Identity, Settings } from "../../../src/domain/config/Settings.ts"
import { readSettings } from "../../../src/domain/config/SettingsReader.ts"

/** What C esmtp makes of a section. */
interface ExpectedIdentity {
  readonly address?: string
  readonly host: string
  readonly port: string
  readonly starttls: string
  readonly user?: string
  readonly pass?: string
  readonly sender?: string | null
  readonly force_sender_header?: string
}

interface Expectation {
  readonly accepted: boolean
  /** Whether a program may accept what C esmtp refuses here. */
  readonly optional?: boolean
  readonly line?: number
  readonly near?: string
  readonly default?: ExpectedIdentity
  readonly identities?: ReadonlyArray<ExpectedIdentity>
  readonly mda_command_for?: { readonly from: string; readonly to: string; readonly shell: string }
  readonly force_mda?: boolean
}

const local = { userName: "root", hostName: "host.corp.example" }

/** C esmtp stays in clear where the file says nothing, and knows no TLS from the first byte. */
const starttlsOf = ({ relay }: Identity): string =>
  relay.tls.mode === "opportunistic" || relay.tls.mode === "implicit" ? "disabled" : relay.tls.mode

/** The one address slot that a section has in C esmtp. */
const addressOf = ({ name, sender }: Identity): string | undefined => sender ?? name

const senderOf = (identity: Identity): string | null => {
  if (identity.forceReversePath !== undefined) return expandForced(identity.forceReversePath, local)
  const address = addressOf(identity)
  return address === undefined ? null : Either.getOrElse(expandSender(address, local), () => address)
}

const seen = (identity: Identity): ExpectedIdentity => {
  const { auth, host, service } = identity.relay
  return {
    host,
    port: service,
    starttls: starttlsOf(identity),
    ...(auth.username === undefined ? {} : { user: auth.username }),
    ...(auth.password === undefined ? {} : { pass: Redacted.value(auth.password) }),
    ...(identity.forceSender === undefined ? {} : { force_sender_header: identity.forceSender })
  }
}

const seenSection = (identity: Identity): ExpectedIdentity => {
  const { force_sender_header: _, ...section } = seen(identity)
  return { ...section, address: addressOf(identity) ?? "" }
}

/** Expectations of different origin carry different fields. */
const comparable = (expected: ExpectedIdentity): ExpectedIdentity => {
  const { server: _, ...fields } = { server: "", ...expected }
  return fields
}

const mdaCommand = (settings: Settings, from: string, to: string): string | undefined =>
  settings.mda
    ?.replaceAll("%T", () => (settings.forceMda === undefined ? `'${to}'` : `'${settings.forceMda}' `))
    .replaceAll("%F", () => `'${from}'`)

const assertAccepted = (settings: Settings, expected: Expectation): void => {
  const isDefault = settings.identities.filter((identity) => identity.isDefault)
  assert.strictEqual(isDefault.length, 1)
  if (expected.default !== undefined) {
    const found = isDefault.map((identity) => ({ ...seen(identity), sender: senderOf(identity) }))
    assert.deepStrictEqual(found, [comparable(expected.default)])
  }
  if (expected.identities !== undefined) {
    const sections = settings.identities.filter(({ name }) => name !== undefined).map(seenSection)
    assert.deepStrictEqual(
      sections,
      expected.identities.map((identity) => {
        const { force_sender_header: _, ...section } = comparable(identity)
        return section
      })
    )
  }
  if (expected.mda_command_for !== undefined) {
    const { from, shell, to } = expected.mda_command_for
    assert.strictEqual(mdaCommand(settings, from, to), shell)
  }
  assert.strictEqual(settings.forceMda !== undefined, expected.force_mda === true)
}

const ownFixtures = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../fixtures/rc")
const moreFixtures = process.env["ESMTP_RC_CORPUS"]

const directories = [ownFixtures, ...(moreFixtures === undefined ? [] : [moreFixtures])]

describe.each(directories)("the files of %s", (directory) => {
  const names = fs
    .readdirSync(directory)
    .filter((file) => file.endsWith(".esmtprc"))
    .map((file) => file.slice(0, -".esmtprc".length))

  it("are there", () => {
    assert.isAbove(names.length, 40)
  })

  it.each(names)("%s is read as expected", (name) => {
    const text = decodeOctets(fs.readFileSync(path.join(directory, `${name}.esmtprc`)))
    const expected: Expectation = JSON.parse(
      fs.readFileSync(path.join(directory, `${name}.expect.json`), "utf8")
    )
    const read = readSettings(text, { path: "/home/root/.esmtprc", home: "/home/root" })
    if (expected.accepted || expected.optional === true) {
      assert.isTrue(Either.isRight(read), Either.isLeft(read) ? read.left.message : "")
      if (expected.accepted) assertAccepted(Either.getOrThrow(read), expected)
      return
    }
    const problem = Either.getOrThrow(Either.flip(read))
    assert.strictEqual(problem.line, expected.line)
    assert.include(problem.found ?? "", expected.near ?? "")
  })
})
