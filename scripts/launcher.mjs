/**
 * What the names of the program lead to: runs `program.cjs` beside it, from V8's code cache where that fits.
 *
 * Most of a cold start is compiling. The cache is trusted as the program is: it lies in the same directory, written by
 * whoever installed it, never by a run. Without one for this Node, or with a damaged one, everything is compiled anew.
 * V8 itself checks versions and flags but not the contents, hence the digest.
 */
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import * as path from "node:path"
import { Script } from "node:vm"
import { cacheFile, digestBytes } from "./codeCacheFile.mjs"

const program = path.join(__dirname, "program.cjs")
const source = readFileSync(program, "latin1")

const cachedData = () => {
  try {
    const bytes = readFileSync(cacheFile(program, source))
    const data = bytes.subarray(digestBytes)
    const digest = createHash("sha256").update(data).digest()
    return digest.equals(bytes.subarray(0, digestBytes)) ? data : undefined
  } catch {
    return undefined
  }
}

new Script(source, { filename: program, cachedData: cachedData() }).runInThisContext()(require)
