/** L21: what is installed, with what rights, and what the shipped program can never do. */
import * as fs from "node:fs"
import * as path from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { parse } from "acorn"
import { bundleProgram } from "../../scripts/build.mjs"

const root = path.resolve(import.meta.dirname, "../..")

interface Manifest {
  readonly dependencies?: object
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly scripts: Readonly<Record<string, string>>
  readonly allowScripts: Readonly<Record<string, boolean>>
}

interface Lockfile {
  readonly packages: Readonly<
    Record<string, { readonly integrity?: string; readonly hasInstallScript?: boolean }>
  >
}

const manifest: Manifest = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"))
const lockfile: Lockfile = JSON.parse(fs.readFileSync(path.join(root, "package-lock.json"), "utf8"))

const locked = Object.entries(lockfile.packages).filter(([place]) => place !== "")

const isNamed = (callee: unknown): callee is { readonly name: string } =>
  typeof callee === "object" && callee !== null && "name" in callee && typeof callee.name === "string"

/** The names of functions that are called, or made objects with, by their bare name. */
const calleesIn = (tree: object): ReadonlySet<string> => {
  const names = new Set<string>()
  const waiting: Array<object> = [tree]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    const isCall = "type" in node && (node.type === "CallExpression" || node.type === "NewExpression")
    if (isCall && "callee" in node && isNamed(node.callee)) names.add(node.callee.name)
    for (const child of Object.values(node))
      if (typeof child === "object" && child !== null) waiting.push(child)
  }
  return names
}

describe("L21: the supply chain", () => {
  it("installs nothing beside the package", () => {
    assert.isUndefined(manifest.dependencies)
    for (const [name, { optional }] of Object.entries(manifest.peerDependenciesMeta)) {
      assert.isTrue(optional, name)
    }
  })

  it("pins every version", () => {
    for (const [name, version] of Object.entries(manifest.devDependencies)) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name)
    }
  })

  it("knows the digest of every package", () => {
    assert.isAbove(locked.length, 100)
    for (const [place, { integrity }] of locked) assert.match(integrity ?? "", /^sha512-/, place)
  })

  it("runs no script of a package, and none of its own on the machine of whoever installs it", () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript === true)
    for (const [place] of scripted) {
      assert.strictEqual(manifest.allowScripts[place.replace(/^.*node_modules\//, "")], false, place)
    }
    for (const name of ["preinstall", "install", "postinstall"]) assert.notProperty(manifest.scripts, name)
  })

  it("ships a program that makes no code of texts", async () => {
    const { text } = await bundleProgram()
    const called = calleesIn(parse(text, { ecmaVersion: "latest" }))
    assert.isTrue(called.has("Map"))
    for (const name of ["eval", "Function"]) assert.isFalse(called.has(name), name)
  })
})
