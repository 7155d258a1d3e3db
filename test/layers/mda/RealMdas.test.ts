/** The MDAs that esmtp's README and Debian's package name, as their users configure them, in a directory of their own. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Mailbox } from "../../../src/domain/mail/Mailbox.ts"
import { MdaFailed } from "../../../src/domain/mda/MdaError.ts"
import * as ProcessMda from "../../../src/layers/mda/ProcessMda.ts"
import { MdaRunner } from "../../../src/services/MdaRunner.ts"
import type { Message } from "../../../src/services/Message.ts"
import { programPath, requirePart } from "../../support/requirePart.ts"
import { makeTempDir } from "../../support/TempDir.ts"
import { configOf, messageOf, recorded, systemOf, watching } from "./household.ts"

const deliver = (
  home: string,
  mda: string,
  recipients: ReadonlyArray<string>,
  sender = "me@example.org",
  message: Message = messageOf("Hello\r\nFrom me\r\n")
) =>
  Effect.gen(function* () {
    const runner = yield* MdaRunner
    return yield* runner.deliver(Mailbox(sender), recipients.map(Mailbox), message)
  }).pipe(
    Effect.provide(
      ProcessMda.layer({ env: {}, timeoutMillis: 20_000 }).pipe(
        Layer.provide(configOf(mda)),
        Layer.provide(systemOf(home, "root")),
        Layer.provide(watching)
      )
    )
  )

const endOf = (home: string, mda: string, recipients: ReadonlyArray<string>) =>
  Effect.map(Effect.flip(deliver(home, mda, recipients)), (error) =>
    error instanceof MdaFailed ? error.end : error
  )

const large = (): Message => {
  const line = new TextEncoder().encode(`${"x".repeat(1022)}\r\n`)
  return messageOf(Stream.repeatValue(line).pipe(Stream.take(3000)))
}

const write = (directory: string, name: string, lines: ReadonlyArray<string>): string => {
  const file = path.join(directory, name)
  fs.writeFileSync(file, `${lines.join("\n")}\n`, { mode: 0o600 })
  return file
}

describe.runIf(requirePart("procmail", "procmail"))("procmail", () => {
  /** Its log abstract is off: procmail 3.22 dies of it after a message of a few megabytes, however it gets it. */
  const rc = (directory: string): string =>
    write(directory, "procmailrc", [`DEFAULT=${directory}/mbox-$1`, "LOGFILE=/dev/null", "LOGABSTRACT=no"])

  it.scopedLive("files a message under its recipient, with its sender", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      const mda = `${programPath("procmail")} -f %F -a %T ${rc(home)}`
      yield* deliver(home, mda, ["o'brien"])
      const mbox = recorded(home, "mbox-o'brien")
      assert.match(mbox, /^From me@example\.org /)
      assert.include(mbox, "\nSubject: test\nTo: joe\n\nHello\n>From me\n")
      assert.notInclude(mbox, "\r")
    })
  )

  it.scopedLive("is fed by formail through a shell, as in esmtp's README", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      const formail = programPath("formail")
      const mda = `${formail} -a "Date: \`date -R\`" | ${programPath("procmail")} -f %F -a %T ${rc(home)}`
      yield* deliver(home, mda, ["joe"], "")
      const mbox = recorded(home, "mbox-joe")
      assert.match(mbox, /\nDate: \w{3}, \d{2} \w{3} \d{4} /)
      assert.include(mbox, "\n\nHello\n")
    })
  )

  it.scopedLive("takes three megabytes", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      yield* deliver(home, `${programPath("procmail")} -a %T ${rc(home)}`, ["joe"], "", large())
      assert.isAbove(fs.statSync(path.join(home, "mbox-joe")).size, 3000 * 1023)
    })
  )

  it.scopedLive("tells a temporary failure by 75 and its own verdict by EXITCODE", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      const full = write(home, "full", ["LOGFILE=/dev/null", "EXITCODE=75", "HOST"])
      const unknown = write(home, "unknown", ["LOGFILE=/dev/null", "EXITCODE=67", "HOST"])
      const procmail = programPath("procmail")
      assert.deepStrictEqual(yield* endOf(home, `${procmail} ${full}`, ["joe"]), {
        _tag: "Exited",
        status: 75
      })
      assert.deepStrictEqual(yield* endOf(home, `${procmail} ${unknown}`, ["joe"]), {
        _tag: "Exited",
        status: 67
      })
    })
  )
})

describe.runIf(requirePart("maildrop", "maildrop"))("maildrop", () => {
  it.scopedLive("files a message as its filter says", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      const filter = write(home, "filter", [`to "${home}/mbox"`])
      yield* deliver(home, `${programPath("maildrop")} -f %F ${filter}`, ["joe"])
      const mbox = recorded(home, "mbox")
      assert.match(mbox, /^From me@example\.org /)
      assert.include(mbox, "\nSubject: test\nTo: joe\n\nHello\n>From me\n")
    })
  )

  it.scopedLive("gives its status", () =>
    Effect.gen(function* () {
      const home = yield* makeTempDir
      const filter = write(home, "filter", ["EXITCODE=75", "exit"])
      const mda = `${programPath("maildrop")} ${filter}`
      assert.deepStrictEqual(yield* endOf(home, mda, ["joe"]), { _tag: "Exited", status: 75 })
    })
  )
})

const dovecotLda = "/usr/lib/dovecot/dovecot-lda"

/** It delivers to the user who runs it, who must not be root. */
const nobody = 65_534
const asNobody = process.getuid?.() === 0 ? `setpriv --reuid=${nobody} --regid=${nobody} --clear-groups ` : ""

describe.runIf(requirePart("dovecot-lda", dovecotLda))("dovecot-lda", () => {
  const household = Effect.gen(function* () {
    const home = yield* makeTempDir
    const conf = write(home, "dovecot.conf", [
      `mail_location = maildir:${home}/Maildir`,
      `log_path = ${home}/log`,
      `base_dir = ${home}/run`,
      `state_dir = ${home}/run`,
      "postmaster_address = postmaster@example.org",
      "hostname = host.example.org",
      "ssl = no"
    ])
    if (asNobody !== "") for (const file of [home, conf]) fs.chownSync(file, nobody, nobody)
    return { home, command: `${asNobody}${programPath(dovecotLda)} -c ${conf}` }
  })

  it.scopedLive("files a message in a Maildir", () =>
    Effect.gen(function* () {
      const { command, home } = yield* household
      yield* deliver(home, `${command} -f %F -a %T`, ["bob@example.org"])
      const [file = ""] = fs.readdirSync(path.join(home, "Maildir/new"))
      const mail = recorded(path.join(home, "Maildir/new"), file)
      assert.strictEqual(mail, "Subject: test\nTo: joe\n\nHello\nFrom me\n")
    })
  )

  it.scopedLive("has a status of its own for what it can't do", () =>
    Effect.gen(function* () {
      const { command, home } = yield* household
      const end = yield* endOf(home, `${command} -x -a %T`, ["bob@example.org"])
      assert.deepStrictEqual(end, { _tag: "Exited", status: 64 })
    })
  )
})
