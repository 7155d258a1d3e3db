/**
 * Finds keywords by the ways they are written.
 *
 * Source: esmtp: lexer.l. Deviation: keywords in any case.
 */
import { type Keyword, type KeywordName, keywords, type SectionKeyword } from "./Keywords.ts"

export type KnownKeyword = Keyword & { readonly name: KeywordName }

/** First words of keywords that consist of two. */
export const prefixWord = "force"

const spellings: ReadonlyMap<string, KnownKeyword> = new Map(
  keywords.flatMap((keyword: KnownKeyword) =>
    [keyword.name, ...keyword.aliases].map((spelling) => [spelling, keyword] as const)
  )
)

/** Every way to write a keyword, in lower case. */
export const allSpellings: ReadonlyArray<string> = [...spellings.keys()]

/** In any case; the two words of `force …` joined by one space. */
export const findKeyword = (spelling: string): KnownKeyword | undefined =>
  spellings.get(spelling) ?? spellings.get(spelling.toLowerCase())

export const keywordNamed = (name: KeywordName): KnownKeyword | undefined => spellings.get(name)

const statementWordsOfC: ReadonlySet<string> = new Set([
  prefixWord,
  ...[...spellings].flatMap(([spelling, { origin }]) =>
    origin === "C esmtp" && !spelling.includes(" ") ? [spelling] : []
  )
])

/** Whether C esmtp takes this word, exactly so, for the beginning of a statement. */
export const beginsStatementInC = (word: string): boolean => statementWordsOfC.has(word)

/** Whether the word, in any case, begins a statement. */
export const beginsStatement = (word: string): boolean =>
  word.toLowerCase() === prefixWord || findKeyword(word) !== undefined

/**
 * Whether the keyword makes its section the default one, if no earlier section has such a keyword and none says `default`.
 * As in C, `sender` alone does not.
 */
export const makesDefault = (keyword: SectionKeyword): boolean =>
  keyword !== "sender" && keyword !== "default"
