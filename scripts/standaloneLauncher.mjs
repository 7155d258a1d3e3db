/** The entry of the standalone executable: what `launcher.mjs` does, with the program and its code cache inside. */
import { getRawAsset } from "node:sea"
import { Script } from "node:vm"

const asset = (/** @type {string} */ name) => {
  const data = getRawAsset(name)
  return typeof data === "string" ? Buffer.from(data, "latin1") : Buffer.from(data)
}
const source = asset("program").toString("latin1")
const cachedData = asset("cache")

new Script(source, { filename: "esmtp", cachedData }).runInThisContext()(require)
