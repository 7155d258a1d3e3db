/** Ends a test run with one line that any tool can read: `N passed, N failed, N skipped`. */
import type { Reporter, TestModule } from "vitest/node"

export class PlainSummary implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const states = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => test.result().state)
    )
    const count = (state: string): number => states.filter((each) => each === state).length
    const brokenFiles = modules.filter(
      (module) => module.state() === "failed" && module.children.size === 0
    ).length
    process.stdout.write(
      `\n${count("passed")} passed, ${count("failed") + brokenFiles} failed, ${count("skipped")} skipped\n`
    )
  }
}
