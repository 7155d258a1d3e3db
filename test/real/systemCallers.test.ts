/** Programs of the system that call `/usr/sbin/sendmail`, or hand on fetched mail: cron, smartd and fetchmail. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type EmbeddedRelay, makeHome, renderRc, startEmbeddedRelay } from "../support/EmbeddedRelay.ts"
import { hasDovecot, startDovecot } from "../support/real/Dovecot.ts"
import { requirePart } from "../support/requirePart.ts"
import { builtProgram, installNames, run, searchPath } from "../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../support/TempDir.ts"

const isRoot = process.getuid?.() === 0

/**
 * A command in a mount namespace of its own: there, and only there, /usr/sbin/sendmail is our program and /etc has our
 * configuration. Cron starts sendmail with the PATH /usr/bin:/bin, whatever its own and the crontab's are: Node is in
 * /usr/bin too.
 */
const systemScript = (directory: string, command: string): string => `set -e
cd ${directory}
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/spool/cron
mkdir /var/spool/cron/crontabs
mount -t tmpfs tmpfs overlay
mkdir overlay/etc overlay/etc-work overlay/sbin overlay/sbin-work
cp etc/* overlay/etc/
chmod 600 overlay/etc/*
ln -s ${builtProgram} overlay/sbin/sendmail
mount -t overlay overlay -o lowerdir=/etc,upperdir=overlay/etc,workdir=overlay/etc-work /etc
mount -t tmpfs tmpfs /etc/cron.d
mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir=overlay/sbin,workdir=overlay/sbin-work /usr/sbin
if ! [ -x /usr/bin/node ]; then
  mkdir overlay/bin overlay/bin-work
  ln -s ${process.execPath} overlay/bin/node
  mount -t overlay overlay -o lowerdir=/usr/bin,upperdir=overlay/bin,workdir=overlay/bin-work /usr/bin
fi
exec ${command}
`

/** Runs `command`, without a home, as where init starts it; `files` are those of /etc. */
const runInSystem = (
  relay: EmbeddedRelay,
  command: string,
  { files = {}, env = {} }: { readonly files?: FileTexts; readonly env?: Readonly<Record<string, string>> }
) =>
  Effect.gen(function* () {
    const directory = yield* makeTempDir
    fs.mkdirSync(path.join(directory, "overlay"))
    fs.mkdirSync(path.join(directory, "etc"))
    writeFiles(path.join(directory, "etc"), {
      esmtprc: renderRc({ hostname: `127.0.0.1:${relay.port}`, sender: "server@example.org" }),
      ...files
    })
    writeFiles(directory, { script: systemScript(directory, command) })
    return yield* run({
      file: "unshare",
      args: ["--mount", "--propagation", "private", "/bin/sh", path.join(directory, "script")],
      env: { PATH: searchPath(), ...env }
    })
  })

type FileTexts = Readonly<Record<string, string>>

describe.runIf(requirePart("cron, as root", () => isRoot && fs.existsSync("/usr/sbin/cron")))("cron", () => {
  it.scopedLive("mails the output of a job through /usr/sbin/sendmail with /etc/esmtprc", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const crontab = `MAILTO=ops@example.net\n@reboot root printf 'one\\n.\\ntwo\\n'\n`
      const result = yield* runInSystem(relay, "timeout 6 /usr/sbin/cron -f", { files: { crontab } })
      const [received] = relay.messages
      assert.strictEqual(received?.from, "server@example.org", result.stderr)
      assert.deepStrictEqual(received?.to, ["ops@example.net"])
      const text = received?.content.toString() ?? ""
      assert.match(text, /^Subject: Cron <root@[^>]*> printf/m)
      assert.match(text, /\r\n\r\none\r\n\.\r\ntwo\r\n$/)
    })
  )
})

/** What smartd runs when a disk begins to fail. */
const smartdWarning = "/usr/share/smartmontools/smartd_warning.sh"

describe.runIf(requirePart("smartmontools, as root", () => isRoot && fs.existsSync(smartdWarning)))(
  "smartd",
  () => {
    it.scopedLive("warns of a disk by way of mail(1)", () =>
      Effect.gen(function* () {
        const relay = yield* startEmbeddedRelay({ security: "plain" })
        const result = yield* runInSystem(relay, smartdWarning, {
          env: {
            SMARTD_ADDRESS: "root@example.net ops@example.net",
            SMARTD_DEVICE: "/dev/sda",
            SMARTD_DEVICEINFO: "DISK, S/N:1",
            SMARTD_DEVICESTRING: "/dev/sda",
            SMARTD_DEVICETYPE: "auto",
            SMARTD_FAILTYPE: "Health",
            SMARTD_MESSAGE: "Device: /dev/sda, FAILED SMART self-check. BACK UP DATA NOW!",
            SMARTD_PREVCNT: "0",
            SMARTD_TFIRST: "Wed Nov 25 12:00:00 2026 UTC",
            SMARTD_TFIRSTEPOCH: "1795608000"
          }
        })
        assert.strictEqual(result.status, 0, result.stdout + result.stderr)
        const [received] = relay.messages
        assert.deepStrictEqual([...(received?.to ?? [])].sort(), ["ops@example.net", "root@example.net"])
        assert.match(
          received?.content.toString() ?? "",
          /^Subject: SMART error \(Health\)[\s\S]*BACK UP DATA NOW!/m
        )
      })
    )
  }
)

describe.runIf(hasDovecot() && requirePart("fetchmail", "fetchmail"))("fetchmail", () => {
  it.scopedLive("hands fetched mail to sendmail as its MDA", () =>
    Effect.gen(function* () {
      const relay = yield* startEmbeddedRelay({ security: "plain" })
      const dovecot = yield* startDovecot({ users: { ada: "pass word" } })
      yield* dovecot.putMail(
        "ada",
        "From: bob@example.com\r\nTo: ada@example.org\r\nSubject: fetched\r\nMessage-ID: <1@example.com>\r\n\r\nthe body\r\n.\r\n"
      )
      const home = yield* makeHome({ hostname: `127.0.0.1:${relay.port}`, identity: "ada@example.org" })
      const bin = installNames(home)
      writeFiles(home, {
        ".fetchmailrc": `poll 127.0.0.1 service ${dovecot.imapPort} protocol imap auth password
  user "ada" password "pass word" sslproto "" fetchall
  mda "${path.join(bin, "sendmail")} -i -f %F -- grace@example.net"
`
      })
      const result = yield* run({
        file: "fetchmail",
        args: ["--nosyslog", "--pidfile", path.join(home, "pid"), "-f", path.join(home, ".fetchmailrc")],
        env: { HOME: home, PATH: searchPath(bin) }
      })
      assert.strictEqual(result.status, 0, result.stdout + result.stderr)
      const [received] = relay.messages
      assert.deepStrictEqual([received?.from, received?.to], ["bob@example.com", ["grace@example.net"]])
      assert.match(received?.content.toString() ?? "", /^Subject: fetched\r\n[\s\S]*the body\r\n\.\r\n$/m)
    })
  )
})
