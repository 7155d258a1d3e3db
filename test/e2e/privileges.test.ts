/**
 * L6: the built program, started with more rights than its caller has, gives them up before anything else, for good.
 *
 * A copy of env(1) with the bit stands for the launcher that an administrator would write: scripts can't have it.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { findProgram, requirePart } from "../support/requirePart.ts"
import { builtProgram, type Run, run } from "../support/runProgram.ts"
import { makeTempDir } from "../support/TempDir.ts"

const nobody = 65534
const daemon = 1

interface Bits {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

const setgid: Bits = { mode: 0o2755, uid: 0, gid: daemon }
const setuid: Bits = { mode: 0o4755, uid: daemon, gid: 0 }
const setuidRoot: Bits = { mode: 0o6755, uid: 0, gid: 0 }

const install = (file: string, source: string, { mode, uid, gid }: Bits): string => {
  fs.copyFileSync(source, file)
  fs.chownSync(file, uid, gid)
  fs.chmodSync(file, mode)
  return file
}

/** Where nobody may go: the program, and a home with a configuration of the caller's. */
const world = Effect.map(makeTempDir, (directory) => {
  fs.chmodSync(directory, 0o755)
  const dist = path.join(directory, "dist")
  fs.cpSync(path.dirname(builtProgram), dist, { recursive: true })
  const home = path.join(directory, "home")
  const rc = path.join(home, ".esmtprc")
  fs.mkdirSync(home, { mode: 0o700 })
  fs.writeFileSync(rc, 'hostname = "127.0.0.1:1"\n', { mode: 0o600 })
  for (const file of [home, rc]) fs.chownSync(file, nobody, nobody)
  const bin = path.join(directory, "sendmail")
  fs.symlinkSync(path.join(dist, "main.mjs"), bin)
  return { directory, home, rc, program: bin }
})

const asNobody = (command: ReadonlyArray<string>, options: Omit<Run, "file" | "args"> = {}) =>
  run({
    file: "setpriv",
    args: [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", ...command],
    cwd: "/",
    ...options
  })

/** Real, effective, saved and file system id, of every process that runs this program. */
const idsOf = (program: string): ReadonlyArray<string> =>
  fs.readdirSync("/proc").flatMap((pid) => {
    try {
      const words = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")
      if (words[1] !== program) return []
      const status = fs.readFileSync(`/proc/${pid}/status`, "utf8")
      const ids = /^Uid:\s*(.*)\nGid:\s*(.*)$/m.exec(status)
      return ids === null ? [] : [`${ids[1]} ${ids[2]}`.replaceAll("\t", " ")]
    } catch {
      // Gone meanwhile, or not a process.
      return []
    }
  })

const watch = (program: string) =>
  Effect.gen(function* () {
    const seen = new Set<string>()
    const look = () => {
      for (const ids of idsOf(program)) seen.add(ids)
    }
    yield* Effect.acquireRelease(
      Effect.sync(() => setInterval(look, 5)),
      (running) => Effect.sync(() => clearInterval(running))
    )
    return seen
  })

const isRoot = process.getuid?.() === 0
const env = findProgram("env") ?? ""

const hasParts =
  isRoot &&
  requirePart("setpriv (util-linux)", "setpriv") &&
  requirePart("env (coreutils)", () => env !== "") &&
  requirePart("a Node that others may run", () => (fs.statSync(process.execPath).mode & 0o1) !== 0)

describe.runIf(hasParts)("L6: a program with more rights than its caller", () => {
  const everything = `${nobody} ${nobody} ${nobody} ${nobody}`

  for (const [name, bits] of Object.entries({ setgid, setuid, setuidRoot })) {
    it.scopedLive(`gives them up for good (${name})`, () =>
      Effect.gen(function* () {
        const { directory, program } = yield* world
        const launcher = install(path.join(directory, "launcher"), env, bits)
        const seen = yield* watch(program)
        const listed = yield* asNobody([launcher, process.execPath, program, "-bp"])
        assert.deepStrictEqual([listed.status, listed.stderr], [0, ""])
        assert.strictEqual(listed.stdout, "Mail queue is empty\n")
        // Of the process that started the other one, at the most.
        const others = [...seen].filter((ids) => ids !== `${everything} ${everything}`)
        assert.isTrue(seen.has(`${everything} ${everything}`), [...seen].join("; "))
        assert.isAtLeast(others.length, 1, "it was never seen with more rights")
      })
    )
  }

  it.scopedLive("takes neither files nor a home from its caller, and says so", () =>
    Effect.gen(function* () {
      const { directory, home, program, rc } = yield* world
      const launcher = install(path.join(directory, "launcher"), env, setgid)
      const transcript = path.join(home, "transcript")
      const caller = { HOME: home, ESMTPRC: rc, ESMTP_LOG: "json", XDG_CONFIG_HOME: home }
      const options = { env: caller, stdin: "Subject: x\n\nx\n" }
      const plain = yield* asNobody(
        [process.execPath, program, "-C", rc, "-X", transcript, "bob@example.net"],
        options
      )
      assert.strictEqual(plain.status, 75, plain.stderr)
      assert.isTrue(fs.existsSync(transcript))
      fs.rmSync(transcript)

      const sent = yield* asNobody(
        [launcher, process.execPath, program, "-C", rc, "-X", transcript, "bob@example.net"],
        options
      )
      assert.strictEqual(sent.status, 78, sent.stderr)
      assert.match(sent.stderr, /^esmtp: ESMTPRC, ESMTP_LOG, XDG_CONFIG_HOME ignored: /m)
      assert.match(sent.stderr, /-C and -X ignored: /)
      assert.match(sent.stderr, /No configuration file found at \S+ or \/etc\/esmtprc/)
      assert.notInclude(sent.stderr, home)
      assert.isFalse(fs.existsSync(transcript))
    })
  )

  it.scopedLive("is refused where its file would give the rights back", () =>
    Effect.gen(function* () {
      const { directory, program } = yield* world
      const node = install(path.join(directory, "node"), process.execPath, setgid)
      const listed = yield* asNobody([node, program, "-bp"])
      assert.strictEqual(listed.status, 78, listed.stdout)
      assert.strictEqual(listed.stdout, "")
      assert.match(
        listed.stderr,
        /^esmtp: .*\/node: must not have the set-user-ID or set-group-ID bit: chmod ug-s$/m
      )
    })
  )
})
