/**
 * Gathers the addresses of a list, and what was wrong with it.
 *
 * Source: RFC 5322 §3.4.1. Deviation: quotes around a whole address, single or double, are taken off and reported.
 */
import * as Either from "effect/Either"
import { type AddressProblem, addressProblem } from "./AddressProblem.ts"
import type { AddrSpec, Word } from "./AddressWords.ts"
import * as Limits from "./Limits.ts"
import { fromParts, type Mailbox } from "./Mailbox.ts"

export interface Address {
  readonly mailbox: Mailbox
  /** The phrase before the brackets, or else the comment after the address; encoded words stay encoded. */
  readonly displayName?: string
}

export interface Collector {
  readonly addresses: ReadonlyArray<Address>
  /** In order; the first few of each severity. */
  readonly problems: ReadonlyArray<AddressProblem>
  readonly report: (problem: AddressProblem) => void
  readonly note: (start: number, end: number, detail: string) => void
  readonly fault: (start: number, end: number, detail: string) => void
  readonly addAddrSpec: (item: AddrSpec, displayName: string) => void
  /** A word that stands for a user of this machine, or for an address that someone put in quotes. */
  readonly addWord: (item: Word, displayName: string) => void
}

const encodedWord = /^=\?.*\?=$/s
const singleQuoted = /^'([^']+)'$/

export const makeCollector = (text: string): Collector => {
  const addresses: Array<Address> = []
  const problems: Array<AddressProblem> = []
  const counts = { note: 0, fault: 0 }

  const report = (problem: AddressProblem) => {
    if (counts[problem.severity]++ < Limits.addressProblems) problems.push(problem)
  }

  // Hostile text may hold a problem in every character: none of them may cost the length of the text.
  const about = (severity: AddressProblem["severity"], start: number, end: number, detail: string) =>
    report(addressProblem(severity, start, text.slice(start, Math.min(end, start + 200)), detail))

  const note = (start: number, end: number, detail: string) => about("note", start, end, detail)
  const fault = (start: number, end: number, detail: string) => about("fault", start, end, detail)

  const add = (localPart: string, domain: string | undefined, item: AddrSpec | Word, displayName: string) =>
    Either.match(fromParts(localPart, domain), {
      onLeft: (detail) => fault(item.start, item.end, detail),
      onRight: (mailbox) => {
        addresses.push(displayName === "" ? { mailbox } : { mailbox, displayName })
      }
    })

  const addAddrSpec = (item: AddrSpec, displayName: string) => {
    const whole = singleQuoted.exec(`${item.localPart}@${item.domain}`)?.[1]
    if (whole === undefined) return add(item.localPart, item.domain, item, displayName)
    note(item.start, item.end, "quotes around an address")
    const at = whole.lastIndexOf("@")
    add(whole.slice(0, at), whole.slice(at + 1), item, displayName)
  }

  const addWord = (item: Word, displayName: string) => {
    const at = item.text.lastIndexOf("@")
    // An `@` came into an atom with an encoded word or a quoted one: no name of a user, and not meant as an address.
    const isMixed = item.kind === "Atom" && at >= 0
    if (item.kind === "Literal" || isMixed || encodedWord.test(item.text)) {
      fault(item.start, item.end, "no address")
    } else if (item.kind === "Atom" || at < 0) {
      add(singleQuoted.exec(item.text)?.[1] ?? item.text, undefined, item, displayName)
    } else if (/[\s<>(),;:@]/.test(item.text.slice(0, at))) {
      fault(item.start, item.end, "address inside quotes")
    } else {
      note(item.start, item.end, "quotes around an address")
      add(item.text.slice(0, at), item.text.slice(at + 1), item, displayName)
    }
  }

  return { addresses, problems, report, note, fault, addAddrSpec, addWord }
}
