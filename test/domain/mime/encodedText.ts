/** Reads encoded words as a mail reader does. */

const octetsOf = (encoding: string, content: string): string =>
  encoding.toLowerCase() === "b"
    ? Buffer.from(content, "base64").toString("latin1")
    : content
        .replaceAll("_", " ")
        .replace(/=([0-9A-Fa-f]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))

/** Not one where it touches something else. */
const word = /^=\?[^?\s]+\?([bq])\?([^?\s]*)\?=$/i

/** The octets, each a character, whatever charset they are said to be in. */
const decodeBetween = (text: string, separators: RegExp): string => {
  let decoded = ""
  let isAfterWord = false
  let blanks = ""
  for (const piece of text.split(separators)) {
    const match = word.exec(piece)
    if (/^[ \t]+$/.test(piece)) {
      blanks = piece
      continue
    }
    if (piece === "") continue
    decoded += isAfterWord && match !== null ? "" : blanks
    decoded += match === null ? piece : octetsOf(match[1] ?? "", match[2] ?? "")
    isAfterWord = match !== null
    blanks = ""
  }
  return decoded + blanks
}

/** Of an unfolded text without structure. */
export const decodeWords = (text: string): string => decodeBetween(text, /([ \t]+)/)

/** Of an unfolded text with comments. */
export const decodeStructured = (text: string): string => decodeBetween(text, /([ \t]+|[()])/)

export const asOctets = (text: string): string => Buffer.from(text, "utf8").toString("latin1")
