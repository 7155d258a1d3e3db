/** What programs import, as they get it: packed, installed beside their own `effect`, compiled against, and run. */
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, layer } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { run, searchPath } from "../support/runProgram.ts"
import { makeTempDir, writeFiles } from "../support/TempDir.ts"

const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..")

const npm = (directory: string, cwd: string, ...args: ReadonlyArray<string>) =>
  run({
    file: "npm",
    args: [
      ...args,
      "--offline",
      "--ignore-scripts",
      "--cache",
      path.join(directory, "cache"),
      "--loglevel=error"
    ],
    cwd,
    env: { HOME: directory, npm_config_update_notifier: "false" },
    timeoutMillis: 60_000
  }).pipe(Effect.tap((result) => assert.strictEqual(result.status, 0, result.stdout + result.stderr)))

/** A directory in which the package is installed, and nothing else. */
class Installed extends Context.Tag("esmtp/test/e2e/library.test/Installed")<Installed, string>() {}

const installed = Layer.scoped(
  Installed,
  Effect.gen(function* () {
    const directory = yield* makeTempDir
    yield* npm(directory, repository, "pack", "--pack-destination", directory)
    const [tarball = ""] = fs.readdirSync(directory).filter((name) => name.endsWith(".tgz"))
    writeFiles(directory, { "package.json": `{ "private": true }` })
    yield* npm(directory, directory, "install", "--no-audit", "--no-fund", path.join(directory, tarball))
    return directory
  })
)

const isProduct = (name: string): boolean => /[/\\](?:node_modules|build)$/.test(name)

/** A copy of an example with the package; the others are those of the repository, as the network is not asked. */
const example = (name: string, others: ReadonlyArray<string>, as = name) =>
  Effect.gen(function* () {
    const directory = yield* Installed
    const project = path.join(directory, as)
    fs.cpSync(path.join(repository, "examples", name), project, {
      recursive: true,
      filter: (source) => !isProduct(source)
    })
    const modules = path.join(project, "node_modules")
    fs.cpSync(path.join(directory, "node_modules/esmtp"), path.join(modules, "esmtp"), { recursive: true })
    for (const other of others) {
      fs.symlinkSync(path.join(repository, "node_modules", other), path.join(modules, other))
    }
    return project
  })

const bin = path.join(repository, "node_modules/.bin")

const inProject = (project: string, file: string, ...args: ReadonlyArray<string>) =>
  run({ file, args, cwd: project, env: { PATH: searchPath(bin), HOME: project }, timeoutMillis: 60_000 })

const assertCompiles = (project: string, ...options: ReadonlyArray<string>) =>
  Effect.map(inProject(project, "tsc", "--noEmit", ...options), (result) =>
    assert.strictEqual(result.status, 0, `${options.join(" ")}\n${result.stdout}`)
  )

const filesUnder = (directory: string): ReadonlyArray<string> =>
  fs
    .readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => path.join(directory, name))
    .filter((name) => fs.statSync(name).isFile())

layer(installed, { timeout: 60_000, excludeTestServices: true })("the library", (it) => {
  it.effect("installs alone, brings no other package, and imports nothing but effect and Node", () =>
    Effect.gen(function* () {
      const directory = yield* Installed
      const modules = fs.readdirSync(path.join(directory, "node_modules")).filter((name) => name !== ".bin")
      assert.deepStrictEqual(
        modules.filter((name) => !name.startsWith(".")),
        ["esmtp"]
      )
      const foreign = filesUnder(path.join(directory, "node_modules/esmtp/dist/lib")).flatMap((file) => {
        const specifiers = fs
          .readFileSync(file, "utf8")
          .matchAll(/^(?:import|export)\b[^"]*? from "([^"]+)"/gm)
        return [...specifiers]
          .map(([, specifier = ""]) => specifier)
          .filter((specifier) => !/^(?:effect\/\w+|node:[\w/]+|\.{1,2}\/.*\.js)$/.test(specifier))
      })
      assert.deepStrictEqual(foreign, [])
    })
  )

  it.effect("compiles under every strictness and module resolution, and sends mail", () =>
    Effect.gen(function* () {
      const project = yield* example("send-from-effect", ["effect", "@types"])
      yield* assertCompiles(project)
      yield* assertCompiles(
        project,
        "--module",
        "preserve",
        "--moduleResolution",
        "bundler",
        "--skipLibCheck"
      )
      const built = yield* inProject(project, "tsc")
      assert.strictEqual(built.status, 0, built.stdout)
      const result = yield* inProject(project, process.execPath, "build/main.js")
      assert.strictEqual(result.stderr, "")
      assert.match(
        result.stdout,
        /^ada@example\.net: delivered\nnobody@example\.net: refused for good: recipient .* 550 5\.1\.1 No such user here\nleft in the queue: 0\n$/
      )
    })
  )

  it.effect("tests a program of its user's over a simulated relay, under vitest", () =>
    Effect.gen(function* () {
      const project = yield* example("test-your-own-code", ["effect", "vitest", "@types"])
      yield* assertCompiles(project)
      const result = yield* inProject(project, "vitest", "run")
      assert.strictEqual(result.status, 0, result.stdout + result.stderr)
      assert.match(result.stdout, /3 passed/)
    })
  )

  it.effect("does what docs/LIBRARY.md says: every piece of code there compiles", () =>
    Effect.gen(function* () {
      const project = yield* example("send-from-effect", ["effect", "@types"], "documented")
      const text = fs.readFileSync(path.join(repository, "docs/LIBRARY.md"), "utf8")
      const pieces = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code)
      assert.isAbove(pieces.length, 2)
      for (const [index, code] of pieces.entries()) {
        writeFiles(project, { [`src/documented${index}.ts`]: code })
      }
      yield* assertCompiles(project, "--skipLibCheck")
    })
  )
})
