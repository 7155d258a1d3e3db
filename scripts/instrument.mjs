/**
 * Makes a program count which ways it takes: what a fuzzer needs to know of an input.
 *
 * Each place where a way can part (function, branch, loop, case, right side of a logical operator) adds one to its own
 * counter in `globalThis.fuzzCounters`. The texts that stand in the code go to `globalThis.fuzzWords`, with the counters
 * of the file that they stand in.
 */
import * as acorn from "acorn"

export const counterCount = 65_536

/** @typedef {{ readonly at: number, readonly text: string, readonly order: number }} Insertion */
/** @typedef {acorn.AnyNode & Readonly<Record<string, unknown>>} Node */

/** @param {unknown} value @returns {value is Node} */
const isNode = (value) => typeof value === "object" && value !== null && "type" in value

/** @param {Node} node @returns {ReadonlyArray<Node>} */
const childrenOf = (node) => Object.values(node).flat().filter(isNode)

/** The statements and expressions inside `node` that run only if its way leads there. @param {Node} node */
const branchesOf = (node) => {
  switch (node.type) {
    case "IfStatement":
    case "ConditionalExpression":
      return [node.consequent, node.alternate]
    case "ForStatement":
    case "ForOfStatement":
    case "ForInStatement":
    case "WhileStatement":
    case "DoWhileStatement":
    case "CatchClause":
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return [node.body]
    case "LogicalExpression":
      return [node.right]
    default:
      return []
  }
}

/** @param {acorn.Node} branch */
const isStatement = ({ type }) => /Statement$|Declaration$/.test(type)

/**
 * @param {string} source JavaScript, an ES module
 * @param {number} firstCounter
 * @returns {{ readonly code: string, readonly nextCounter: number }}
 */
export const instrument = (source, firstCounter) => {
  /** @type {Array<Insertion>} */
  const insertions = []
  /** @type {Set<string>} */
  const words = new Set()
  let counter = firstCounter
  let depth = 0

  const count = () => `++__counters[${counter++ % counterCount}]`
  /** Ends come before beginnings, inner ends before outer ones. */
  const around = (/** @type {acorn.Node} */ { start, end }, before = "", after = "") => {
    insertions.push({ at: start, text: before, order: depth }, { at: end, text: after, order: -depth })
  }
  /** @param {acorn.Node} branch */
  const mark = (branch) => {
    if (branch.type === "BlockStatement")
      insertions.push({ at: branch.start + 1, text: `${count()};`, order: 0 })
    else if (isStatement(branch)) around(branch, `{${count()};`, "}")
    else around(branch, `(${count()},`, ")")
  }
  /** @param {Node} node */
  const visit = (node) => {
    depth += 1
    for (const branch of branchesOf(node)) if (branch !== null && branch !== undefined) mark(branch)
    if (node.type === "SwitchCase" && node.consequent[0] !== undefined) {
      insertions.push({ at: node.consequent[0].start, text: `${count()};`, order: 0 })
    }
    if (node.type === "Literal" && typeof node.value === "string") words.add(node.value)
    if (node.type === "TemplateElement") words.add(node.value.raw)
    if (!/^(?:Import|Export(?:All|Default))/.test(node.type))
      for (const child of childrenOf(node)) visit(child)
    depth -= 1
  }

  for (const node of acorn.parse(source, { ecmaVersion: "latest", sourceType: "module" }).body) {
    if (isNode(node)) visit(node)
  }
  let code = ""
  let at = 0
  for (const { at: place, text } of insertions.sort((a, b) => a.at - b.at || a.order - b.order)) {
    code += source.slice(at, place) + text
    at = place
  }
  const dictionary = [...words].filter(({ length }) => length > 0 && length <= 40)
  const prologue = `const __counters = globalThis.fuzzCounters;
globalThis.fuzzWords.push({ first: ${firstCounter}, end: ${counter}, words: ${JSON.stringify(dictionary)} });
`
  return { code: prologue + code + source.slice(at), nextCounter: counter }
}
