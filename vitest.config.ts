import { defineConfig } from "vitest/config"
import { PlainSummary } from "./test/support/PlainSummary.ts"

/** They run the program as it is shipped. */
const builtProgram = ["e2e", "real", "parity", "torture", "hostile/program"].map(
  (folder) => `test/${folder}/**/*.test.ts`
)

export default defineConfig({
  test: {
    // Most of what takes its time waits for other processes.
    maxWorkers: 2,
    minWorkers: 1,
    reporters: ["default", new PlainSummary()],
    coverage: { include: ["src/**"], reporter: ["text-summary", "html"] },
    projects: [
      {
        test: {
          name: "rooms",
          include: ["test/**/*.test.ts"],
          exclude: builtProgram,
          testTimeout: 20_000
        }
      },
      {
        test: {
          name: "built",
          include: builtProgram,
          globalSetup: ["test/support/buildProgram.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000
        }
      }
    ]
  }
})
