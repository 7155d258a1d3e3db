/**
 * Which queue entries a list of filters names.
 *
 * Source: sendmail 8.17 queue.c (`-qI`, `-qR`, `-qS`): filters of one field are alternatives, different fields must all hold.
 */
import type { QueueFilter } from "./Invocation.ts"

export interface Filterable {
  readonly id: string
  readonly sender: string
  readonly recipients: ReadonlyArray<string>
}

const texts = (entry: Filterable, field: QueueFilter["field"]): ReadonlyArray<string> => {
  switch (field) {
    case "id":
      return [entry.id]
    case "sender":
      return [entry.sender]
    case "recipient":
      return entry.recipients
  }
}

/** Ids are compared as they are, addresses without regard to case. A negated filter holds if no text contains it. */
const holds = (filter: QueueFilter, entry: Filterable): boolean => {
  const fold = (text: string) => (filter.field === "id" ? text : text.toLowerCase())
  const wanted = fold(filter.substring)
  return texts(entry, filter.field).some((text) => fold(text).includes(wanted)) !== filter.negated
}

export const matchesFilters = (filters: ReadonlyArray<QueueFilter>, entry: Filterable): boolean =>
  (["id", "sender", "recipient"] as const).every((field) => {
    const ofField = filters.filter((filter) => filter.field === field)
    return ofField.length === 0 || ofField.some((filter) => holds(filter, entry))
  })
