/** What npm runs before it packs or links this package: whatever is missing is installed, then `dist/` is built. */
import { ensureInstalled } from "./ensureInstalled.mjs"

ensureInstalled()
const { build } = await import("./build.mjs")
await build()
const { buildLibrary } = await import("./buildLibrary.mjs")
buildLibrary()
