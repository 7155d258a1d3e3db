/**
 * A plugin of the bundler: spares what Effect's modules ask of Node as they are evaluated and this program does not need,
 * as each costs milliseconds at every start. The build fails where Effect no longer says what is replaced here.
 *
 * The origin of the clock is taken in whole milliseconds, without `perf_hooks`; what passes since is counted by `hrtime`
 * as ever. Whether standard output is a terminal is asked of the descriptor, without a stream for it.
 */
import * as fs from "node:fs"
import * as path from "node:path"

/** @type {Readonly<Record<string, ReadonlyArray<readonly [found: string, instead: string]>>>} */
const replacements = {
  "clock.js": [['typeof performance === "undefined"', "true"]],
  "logger.js": [
    ['typeof process.stdout === "object" && process.stdout !== null', "true"],
    ["process.stdout.isTTY === true", "isatty(1)"],
    ["import * as Arr from", 'import { isatty } from "node:tty"\nimport * as Arr from']
  ]
}

/** @param {string} file */
const lighter = (file) => {
  let text = fs.readFileSync(file, "utf8")
  for (const [found, instead] of replacements[path.basename(file)] ?? []) {
    if (!text.includes(found)) throw new Error(`${file} has no ${found}`)
    text = text.replace(found, instead)
  }
  return text
}

/** @type {import("esbuild").Plugin} */
export const lighterEffect = {
  name: "lighter-effect",
  setup: (build) => {
    build.onLoad({ filter: /\/effect\/dist\/esm\/internal\/(clock|logger)\.js$/ }, ({ path }) => ({
      contents: lighter(path)
    }))
  }
}
