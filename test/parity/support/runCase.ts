/** Runs both programs on one case, each with a home and a server of its own. */
import * as fs from "node:fs"
import * as path from "node:path"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Scenario } from "../../support/FakeSmtpScenario.ts"
import * as FakeSmtp from "../../support/FakeSmtpServer.ts"
import type { PartFailed } from "../../support/PartFailed.ts"
import { partsPrefix } from "../../support/requirePart.ts"
import { installNames, run, searchPath } from "../../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../../support/TempDir.ts"
import { observe } from "./observe.ts"
import { defaultMessage, defaultRc, type Observation, type ParityCase } from "./ParityCase.ts"
import { Trust } from "./ServerCertificates.ts"

export interface Answers {
  readonly c: Observation
  readonly ours: Observation
  /** For the report of a failure. */
  readonly stderr: { readonly c: string; readonly ours: string }
}

type Program = "c" | "ours"

/** Debian's, wherever else an esmtp may be installed. */
export const cProgram = path.join(partsPrefix, "usr/bin/esmtp")

const names = ["sendmail", "esmtp", "mailq", "newaliases"]

/** Both are called by name over the PATH, as a shell does: C esmtp does not know itself by a path. */
const install = (program: Program, home: string): string => {
  if (program === "ours") return installNames(home)
  const bin = path.join(home, "bin")
  fs.mkdirSync(bin, { recursive: true })
  for (const name of names) fs.symlinkSync(cProgram, path.join(bin, name))
  return bin
}

const recorderScript = `#!/bin/sh
mkdir -p '{home}/mda'
for word; do printf '%s\\0' "$word"; done >'{home}/mda/'$$.argv
cat >'{home}/mda/'$$.stdin
`

const scenarioFor = (
  program: Program,
  { certificate, oursAnswers, rcptAnswers, server = {}, wantsClientCertificate }: ParityCase,
  { authority, certificates }: Context.Tag.Service<Trust>
): Scenario => {
  const scenario: Scenario = {
    ...server,
    answers: {
      ...server.answers,
      ...(program === "ours" && oursAnswers),
      ...(rcptAnswers !== undefined && { RCPT: program === "c" ? rcptAnswers.toReversed() : rcptAnswers })
    }
  }
  if (certificate === undefined) return scenario
  const { certificate: shown, key } = certificates[certificate]
  // C esmtp hangs where a ticket of TLS 1.3 overtakes its EHLO.
  const settings = { certificate: shown, key, maxVersion: "TLSv1.2" } as const
  return {
    ...scenario,
    tls: { ...settings, ...(wantsClientCertificate && { clientAuthority: authority }) }
  }
}

const furnish = (
  home: string,
  {
    files = {},
    links = {},
    modes = {},
    owners = {},
    rc = "",
    systemRc,
    wholeRc = `${defaultRc}${rc}`
  }: ParityCase,
  filled: (text: string) => string
): void => {
  const all: Readonly<Record<string, string | false>> = {
    "bin/mda": recorderScript,
    ".config/libesmtp/ca.pem": "{authority}",
    ".esmtprc": wholeRc,
    ...files
  }
  for (const [name, text] of Object.entries(all)) {
    if (text === false) continue
    writeFiles(home, { [name]: Buffer.from(filled(text), "latin1") })
    fs.chmodSync(path.join(home, name), modes[name] ?? (name.startsWith("bin/") ? 0o700 : 0o600))
  }
  for (const [name, target] of Object.entries(links)) fs.symlinkSync(filled(target), path.join(home, name))
  for (const [name, owner] of Object.entries(owners)) fs.chownSync(path.join(home, name), owner, owner)
  if (systemRc === undefined) return
  const { mode = 0o644, owner = 0, text } = systemRc
  const file = path.join(home, systemRcName)
  fs.writeFileSync(file, filled(text))
  fs.chmodSync(file, mode)
  fs.chownSync(file, owner, owner)
}

const systemRcName = "etc-esmtprc"

/** In a mount namespace of its own; the words are the home, the program and its arguments. */
const withSystemRc = `set -e
cd "$1"
mkdir overlay
mount -t tmpfs tmpfs overlay
mkdir overlay/upper overlay/work
cp -p ${systemRcName} overlay/upper/esmtprc
mount -t overlay overlay -o lowerdir=/etc,upperdir=overlay/upper,workdir=overlay/work /etc
shift
exec "$@"
`

const commandOf = ({ systemRc, as = "sendmail" }: ParityCase, home: string, args: ReadonlyArray<string>) =>
  systemRc === undefined
    ? { file: as, args }
    : {
        file: "unshare",
        args: ["--mount", "--propagation", "private", "/bin/sh", "-c", withSystemRc, "sh", home, as, ...args]
      }

const runOne = (
  program: Program,
  parityCase: ParityCase
): Effect.Effect<
  { readonly observed: Observation; readonly stderr: string },
  PartFailed,
  Scope.Scope | Trust
> =>
  Effect.gen(function* () {
    const trust = yield* Trust
    const home = yield* makeTempDir
    const bin = install(program, home)
    const server = yield* FakeSmtp.make(scenarioFor(program, parityCase, trust))
    const host = parityCase.certificate === undefined ? server.host : "localhost"
    const filled = (text: string) =>
      text
        .replaceAll("{home}", home)
        .replaceAll("{port}", `${server.port}`)
        .replaceAll("{server}", host)
        .replaceAll("{authority}", trust.authority)
        .replaceAll("{client}", trust.client)
    furnish(home, parityCase, filled)
    const { args, env = {}, stdin = defaultMessage } = parityCase
    const result = yield* run({
      ...commandOf(parityCase, home, args.map(filled)),
      stdin: Buffer.from(stdin, "latin1"),
      cwd: home,
      env: {
        PATH: searchPath(bin),
        HOME: home,
        ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)]))
      }
    })
    yield* server.closed
    const isNamed = args.includes("-F")
    const observed = observe({ home, server, result, stdin, isNamed, sendsLastFirst: program === "c" })
    return { observed, stderr: result.stderr }
  })

export const ask = (parityCase: ParityCase): Effect.Effect<Answers, PartFailed, Scope.Scope | Trust> =>
  Effect.map(
    Effect.all([runOne("c", parityCase), runOne("ours", parityCase)], { concurrency: 2 }),
    ([c, ours]) => ({
      c: c.observed,
      ours: ours.observed,
      stderr: { c: c.stderr, ours: ours.stderr }
    })
  )
