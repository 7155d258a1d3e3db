/** `git send-email` and mutt delivering through the built program to a real Postfix with STARTTLS and AUTH. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { hasDovecot } from "../support/real/Dovecot.ts"
import { hasPostfix } from "../support/real/Postfix.ts"
import { SecureRelay, secureHome } from "../support/real/SecureRelay.ts"
import { requirePart } from "../support/requirePart.ts"
import { installNames, run, searchPath } from "../support/runProgram.ts"
import { writeFiles } from "../support/TempDir.ts"

const me = "ada@example.org"

/** A repository with `count` commits on top of an empty one. */
const makeRepository = (home: string, count: number) =>
  Effect.gen(function* () {
    const repository = path.join(home, "repository")
    fs.mkdirSync(repository)
    const git = (...args: ReadonlyArray<string>) =>
      run({ file: "git", args, cwd: repository, env: { HOME: home } }).pipe(
        Effect.tap((result) => assert.strictEqual(result.status, 0, result.stderr))
      )
    yield* git("init", "-q", "-b", "main")
    yield* git("config", "user.name", "Ada Lovelace")
    yield* git("config", "user.email", me)
    yield* git("commit", "-q", "--allow-empty", "-m", "base")
    for (let number = 1; number <= count; number++) {
      fs.writeFileSync(path.join(repository, "file.txt"), `line ${number}\n.\nFrom here on\nGrüße\n`)
      yield* git("add", "file.txt")
      yield* git("commit", "-q", "-m", `patch number ${number} of Grüße`)
    }
    return repository
  })

describe.runIf(hasPostfix() && hasDovecot())("through a real Postfix", () => {
  layer(SecureRelay.layer, { timeout: "60 seconds", excludeTestServices: true })((it) => {
    const gitCommand = "/usr/lib/git-core/git-send-email"
    describe.runIf(requirePart("git send-email", gitCommand))("git send-email", () => {
      it.scoped("sends a series of patches", () =>
        Effect.gen(function* () {
          const relay = yield* SecureRelay
          const home = yield* secureHome(relay, me)
          const bin = installNames(home)
          const options = ["--confirm=never", "--to=list@example.net", "--cc=grace@example.com"]
          const result = yield* run({
            file: "git",
            args: [
              "send-email",
              `--sendmail-cmd=${path.join(bin, "sendmail")}`,
              ...options,
              "--bcc=archive@example.com",
              "HEAD~3"
            ],
            cwd: yield* makeRepository(home, 3),
            env: { HOME: home, PATH: searchPath(bin) },
            timeoutMillis: 60_000
          })
          assert.strictEqual(result.status, 0, result.stdout + result.stderr)
          for (const number of [1, 2, 3]) {
            const stored = yield* relay.sink.waitForMessage(`+line ${number}`)
            assert.strictEqual(stored.sender, me)
            const recipients = [
              "ada@example.org",
              "archive@example.com",
              "grace@example.com",
              "list@example.net"
            ]
            assert.deepStrictEqual(stored.recipients, recipients)
            assert.match(stored.content, /\(Authenticated sender: ada\)/)
            assert.match(stored.content, new RegExp(`Subject: .*\\[PATCH ${number}/3\\]`))
            assert.notMatch(stored.content, /archive@/)
          }
        })
      )
    })

    describe.runIf(requirePart("mutt", "mutt"))("mutt", () => {
      it.scoped("sends a message with an attachment", () =>
        Effect.gen(function* () {
          const relay = yield* SecureRelay
          const home = yield* secureHome(relay, me)
          const bin = installNames(home)
          const muttrc = `set sendmail="${path.join(bin, "sendmail")} -oem -oi"\nset from="${me}"\nset record=""\n`
          writeFiles(home, { muttrc, "data.bin": Buffer.alloc(5000, 0xe9) })
          const result = yield* run({
            file: "mutt",
            args: [
              "-F",
              `${home}/muttrc`,
              "-s",
              "from mutt",
              "-a",
              `${home}/data.bin`,
              "--",
              "grace@example.net"
            ],
            stdin: "the body\n",
            env: { HOME: home, TERM: "dumb", PATH: searchPath(bin) }
          })
          assert.strictEqual(result.status, 0, result.stdout + result.stderr)
          const stored = yield* relay.sink.waitForMessage("Subject: from mutt")
          assert.deepStrictEqual(stored.recipients, ["grace@example.net"])
          const base64 =
            stored.content.split('filename="data.bin"')[1]?.split("\n\n")[1]?.split("\n--")[0] ?? ""
          assert.isTrue(Buffer.from(base64, "base64").equals(Buffer.alloc(5000, 0xe9)))
        })
      )
    })
  })
})
