/**
 * Text outside ASCII, for fields that hold ASCII only.
 *
 * Source: RFC 2047 §2 (75 characters a word), §4 (encodings), §5 (3) (what a phrase admits).
 */
import { fromText } from "./ByteString.ts"

const opening = (encoding: "q" | "b"): string => `=?utf-8?${encoding}?`
const closing = "?="

/** Characters between the question marks. */
const roomCharacters = 75 - opening("q").length - closing.length

/** Of one character. */
const qEncoded = (character: string): string => {
  if (character === " ") return "_"
  if (/^[A-Za-z0-9!*+/-]$/.test(character)) return character
  return fromText(character).replace(
    /./gs,
    (octet) => `=${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`
  )
}

const qLength = (text: string): number => Array.from(text).reduce((sum, one) => sum + qEncoded(one).length, 0)

const bLength = (text: string): number => Math.ceil(fromText(text).length / 3) * 4

/** Cuts between characters, each part as long as fits. */
const parts = (
  text: string,
  room: number,
  lengthOf: (character: string) => number
): ReadonlyArray<string> => {
  const found: Array<string> = []
  let part = ""
  let length = 0
  for (const character of text) {
    const more = lengthOf(character)
    if (length + more > room && part !== "") {
      found.push(part)
      part = ""
      length = 0
    }
    part += character
    length += more
  }
  return part === "" ? found : [...found, part]
}

/** Words to be joined with blanks, which whoever decodes them takes out again. */
export const encodedWords = (text: string): ReadonlyArray<string> => {
  // A reader that decodes nothing can still guess what Q says.
  if (qLength(text) <= 1.5 * bLength(text)) {
    return parts(text, roomCharacters, (character) => qEncoded(character).length).map(
      (part) => `${opening("q")}${Array.from(part, qEncoded).join("")}${closing}`
    )
  }
  const roomOctets = Math.floor(roomCharacters / 4) * 3
  return parts(text, roomOctets, (character) => fromText(character).length).map(
    (part) => `${opening("b")}${btoa(fromText(part))}${closing}`
  )
}
