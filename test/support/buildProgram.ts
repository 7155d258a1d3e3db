/** Builds `dist/` once before the tests that run the program as a child process. */
import { build } from "../../scripts/build.mjs"

export const setup = async (): Promise<void> => {
  await build()
}
