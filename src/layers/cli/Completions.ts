/**
 * Completion scripts, as `@effect/cli` writes them from the command tree, without the options it builds into every
 * command and esmtp does not have.
 */
import * as CommandDescriptor from "@effect/cli/CommandDescriptor"
import * as Effect from "effect/Effect"
import { commandTree } from "./CommandTree.ts"

const scriptFor = (shell: string): Effect.Effect<ReadonlyArray<string>> => {
  switch (shell) {
    case "fish":
      return CommandDescriptor.getFishCompletions(commandTree, "esmtp")
    case "zsh":
      return CommandDescriptor.getZshCompletions(commandTree, "esmtp")
    default:
      return CommandDescriptor.getBashCompletions(commandTree, "esmtp")
  }
}

/** How the three scripts spell an option: `--wizard` among words, `'--wizard[…` or `-l wizard ` on a line of its own. */
const onLine = (name: string): RegExp => new RegExp(`^\\s*'--${name}\\[|\\s-l ${name}\\s`)
const asWord = (name: string): RegExp => new RegExp(` --${name}(?=[ "])`)

const absentEverywhere = ["wizard", "log-level"]
const onlyAtTheTop = ["completions", "version"]

const without = (names: ReadonlyArray<string>, line: string): string | undefined => {
  if (names.some((name) => onLine(name).test(line))) return undefined
  return names.reduce((text, name) => text.replace(asWord(name), ""), line)
}

/** `@effect/cli` looks for a command of a command under a name that its bash script never has at that point. */
const reachable = (line: string): string => line.replace(/^(\s*esmtp),(\w+),(?=\w+\)$)/, "$1__$2,")

/** The program itself stands before its subcommands in each script, so that the first mention is the one to keep. */
const truthful = (script: ReadonlyArray<string>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  return script.flatMap((line) => {
    const mentioned = onlyAtTheTop.filter((name) => onLine(name).test(line) || asWord(name).test(line))
    const surplus = mentioned.filter((name) => seen.has(name))
    for (const name of mentioned) seen.add(name)
    const kept = without([...absentEverywhere, ...surplus], line)
    return kept === undefined ? [] : [reachable(kept)]
  })
}

export const completionScript = (shell: string): Effect.Effect<string> =>
  Effect.map(scriptFor(shell), (script) => truthful(script).join("\n"))
