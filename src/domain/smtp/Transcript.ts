/**
 * What a transcript may show of the server's bytes.
 *
 * Source: RFC 4954 §4. During AUTH a server repeats what it was told: challenges hide entirely, and other replies lose
 * every secret known so far, in clear or in base64. To be able to, only whole lines are shown from then on.
 */
import * as Redacted from "effect/Redacted"
import { concat, toBase64, utf8 } from "../sasl/Octets.ts"
import { redacted } from "./Command.ts"
import type { DialogueState } from "./DialogueState.ts"
import { decodeText } from "./ReplyParser.ts"

/** Outside AUTH a shorter secret would hide half of every text, and nobody repeats it there. */
const minSecretCharacters = 4

/** Shorter pieces occur by chance. */
const minBase64Characters = 6

/**
 * What is certain of a secret's base64 wherever it stands in a text: a server that repeats our command repeats it so.
 * Of the characters at the ends, some bits belong to what stands around it.
 */
const inBase64 = (secret: string): ReadonlyArray<string> => {
  const octets = utf8(secret)
  return [0, 1, 2]
    .map((before) =>
      toBase64(concat(new Uint8Array(before), octets)).slice(
        Math.ceil((before * 8) / 6),
        Math.floor(((before + octets.length) * 8) / 6)
      )
    )
    .filter((piece) => piece.length >= minBase64Characters)
}

/** The text without any secret of this session. */
export const scrub = (state: DialogueState, text: string): string => {
  const minimum = state.phase._tag === "Auth" ? 1 : minSecretCharacters
  return state.secrets
    .map(Redacted.value)
    .filter((secret) => secret.length >= minimum)
    .flatMap((secret) => [secret, ...inBase64(secret)])
    .sort((a, b) => b.length - a.length)
    .reduce((scrubbed, secret) => scrubbed.replaceAll(secret, redacted), text)
}

const maxExcerptCharacters = 60

/** A line that is no reply, short and harmless enough for an error message. */
export const excerpt = (state: DialogueState, line: string): string => {
  const visible = scrub(state, line).replaceAll(/[^ -~]/g, "?")
  return visible.length > maxExcerptCharacters ? `${visible.slice(0, maxExcerptCharacters)}…` : visible
}

const shownLine = (state: DialogueState, line: string): string =>
  scrub(state, state.phase._tag === "Auth" ? line.replace(/^(334[ -])[^\r\n]+/, `$1${redacted}`) : line)

/**
 * The part of `bytes` to record, `state` being the one before they are stepped. Once the session knows a secret, unfinished
 * lines come with the bytes that finish them.
 */
export const shownBytes = (state: DialogueState, bytes: Uint8Array): Uint8Array => {
  if (state.phase._tag !== "Auth" && state.secrets.length === 0) return bytes
  const pending = concat(state.parser.buffer, bytes)
  const whole = decodeText(pending.subarray(0, pending.lastIndexOf(10) + 1))
  return utf8(
    whole
      .split(/(?<=\n)/)
      .map((line) => shownLine(state, line))
      .join("")
  )
}
