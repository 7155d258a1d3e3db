/**
 * What the keywords say that hold for the whole file, wherever they are written.
 *
 * Source: esmtp: parser.y (`mda`, `force_mda`), esmtprc(5).
 */
import * as Either from "effect/Either"
import { choices, type GlobalKeyword } from "./Keywords.ts"
import { type Decoder, pathTo, plain } from "./SectionValues.ts"
import type { Settings } from "./Settings.ts"
import * as ValueText from "./ValueText.ts"

export type GlobalPatch = Partial<Omit<Settings, "path" | "identities">>

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** Where no home directory is known, a queue can't be; this path, by convention, never exists. */
const homeless = "/nonexistent"

const defaults = (home: string | undefined): Omit<Settings, "path" | "identities"> => ({
  deliveryMode: "interactive",
  queueDir: ValueText.joinPath(home ?? homeless, ".esmtp_queue"),
  queueLifetimeMillis: 5 * day,
  retryScheduleMillis: [minute, 5 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 4 * hour],
  queueSessions: 4
})

export const globalDecoders: Readonly<Record<GlobalKeyword, Decoder<GlobalPatch>>> = {
  // An empty command would run, succeed, and lose the mail.
  mda: plain(ValueText.anyText, (mda) => (mda === "" ? {} : { mda })),
  force_mda: plain(ValueText.nonEmpty(ValueText.lineText, "a user name"), (forceMda) => ({ forceMda })),
  delivery_mode: plain(ValueText.oneOf(choices.deliveryMode), (deliveryMode) => ({ deliveryMode })),
  queue_dir: pathTo((queueDir) => ({ queueDir })),
  queue_lifetime: plain(ValueText.duration, (queueLifetimeMillis) => ({ queueLifetimeMillis })),
  retry_schedule: plain(ValueText.durations, (retryScheduleMillis) => ({ retryScheduleMillis })),
  queue_sessions: plain(ValueText.count(1, 20), (queueSessions) => ({ queueSessions })),
  require_all_recipients: plain(ValueText.oneOf(choices.yesOrNo), (answer) => ({
    requireAllRecipients: answer === "yes"
  })),
  logfile: (value, base) =>
    value === "syslog" ? Either.right({ logfile: value }) : pathTo((logfile) => ({ logfile }))(value, base)
}

export const globalsFrom = (home: string | undefined, patches: Iterable<GlobalPatch>) => {
  let globals = defaults(home)
  for (const patch of patches) globals = { ...globals, ...patch }
  return globals
}
