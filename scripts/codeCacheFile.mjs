/** Where the code cache of a program lies, by what it is good for: that program, and this very build of Node. */
import { createHash } from "node:crypto"

/** The build ends the program with so many digits of its own digest, and a line feed. */
export const identityLength = 16

/** SHA-256 of what follows it. */
export const digestBytes = 32

export const shortDigest = (/** @type {string} */ text) =>
  createHash("sha256").update(text).digest("hex").slice(0, identityLength)

/** Two of the same version may be configured differently, which V8 does not notice. */
const nodeIdentity = () =>
  shortDigest(JSON.stringify([process.versions, process.arch, process.platform, process.config]))

/** @param {string} program @param {string} source */
export const cacheFile = (program, source) => {
  const identity = source.slice(-identityLength - 1, -1)
  return `${program}.${identity}.${process.version}.${nodeIdentity()}.cache`
}
