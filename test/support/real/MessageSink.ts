/** Where real servers leave what they deliver: one file a message, with its envelope, in a directory of the test's own. */
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { PartFailed } from "../PartFailed.ts"

export interface StoredMessage {
  readonly sender: string
  /** Sorted: servers keep no order. */
  readonly recipients: ReadonlyArray<string>
  /** With LF line ends and the server's own Received: field on top. */
  readonly content: string
}

export interface MessageSink {
  /** Shell script to run by `/bin/sh`: arguments reverse-path and recipients, message on stdin. */
  readonly script: string
  /** What has arrived so far, oldest first. */
  readonly messages: Effect.Effect<ReadonlyArray<StoredMessage>>
  /** Waits until at least `count` messages have arrived. */
  readonly waitForMessages: (count: number) => Effect.Effect<ReadonlyArray<StoredMessage>, PartFailed>
  /** Waits for a message whose content includes `text`. */
  readonly waitForMessage: (text: string) => Effect.Effect<StoredMessage, PartFailed>
}

const scriptText = (directory: string): string => `#!/bin/sh
# Keeps the arguments, one a line after their number, then the message.
set -e
umask 022
file=$(mktemp ${directory}/tmp/XXXXXXXX)
{ printf '%s\\n' "$#" "$@"; cat; } >"$file"
mv "$file" "${directory}/new/$(date +%s%N).$$"
`

const readStored = (file: string): StoredMessage => {
  const lines = fs.readFileSync(file, "latin1").split("\n")
  const count = Number(lines[0])
  const [sender = "", ...recipients] = lines.slice(1, 1 + count)
  const content = Buffer.from(lines.slice(1 + count).join("\n"), "latin1").toString("utf8")
  return { sender, recipients: recipients.sort(), content }
}

/** Looks again and again, at most 20 seconds; a failure shows the server's log. */
const waitUntil = <A>(
  look: Effect.Effect<A | undefined>,
  what: string,
  log: Effect.Effect<string>
): Effect.Effect<A, PartFailed> =>
  look.pipe(
    Effect.flatMap(Effect.fromNullable),
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.timeout("20 seconds"),
    Effect.catchAll((cause) =>
      Effect.flatMap(
        log,
        (text) => new PartFailed({ part: "message sink", detail: `${what} did not arrive\n${text}`, cause })
      )
    )
  )

/**
 * Lays out a sink in `directory`, which must not exist and must be reachable for `owner`, who runs the script. `log` is
 * the server's, for messages that don't come.
 */
export const makeSink = (directory: string, owner: string, log: Effect.Effect<string>): MessageSink => {
  for (const each of [directory, `${directory}/tmp`, `${directory}/new`]) fs.mkdirSync(each, { mode: 0o755 })
  execFileSync("chown", [owner, `${directory}/tmp`, `${directory}/new`])
  const script = `${directory}/script`
  fs.writeFileSync(script, scriptText(directory), { mode: 0o755 })
  const messages = Effect.sync(() =>
    fs
      .readdirSync(`${directory}/new`)
      .sort()
      .map((name) => readStored(`${directory}/new/${name}`))
  )
  return {
    script,
    messages,
    waitForMessages: (count) =>
      waitUntil(
        Effect.map(messages, (found) => (found.length >= count ? found : undefined)),
        `${count} messages`,
        log
      ),
    waitForMessage: (text) =>
      waitUntil(
        Effect.map(messages, (found) => found.find(({ content }) => content.includes(text))),
        `a message with ${text}`,
        log
      )
  }
}
