/** Builds `dist/` once before the tests that run the program as a child process, or install the package. */
import { build } from "../../scripts/build.mjs"
import { buildLibrary } from "../../scripts/buildLibrary.mjs"

export const setup = async (): Promise<void> => {
  await build()
  buildLibrary()
}
