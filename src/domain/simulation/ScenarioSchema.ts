/**
 * The form of a scenario file, from which its JSON Schema is made too. `ScenarioText.ts` gives it its meaning.
 *
 * Source: JSON Schema draft-07; RFC 3339 (times).
 */
import * as Schema from "effect/Schema"
import { millisOf } from "./ScenarioTime.ts"

/** Whose virtual time still fits into a real evening. */
const longestMillis = 366 * 86_400_000

const isSane = (value: string): boolean =>
  value.endsWith("Z") ? !Number.isNaN(Date.parse(value)) : millisOf(value) <= longestMillis

const text = (pattern: RegExp, expected: string, description: string) =>
  Schema.String.pipe(
    Schema.filter((value) => pattern.test(value) && isSane(value), {
      message: ({ actual }) => `expected ${expected}, found ${JSON.stringify(actual)}`,
      jsonSchema: { pattern: pattern.source }
    })
  ).annotations({ description })

/** One unit or several: `90s`, `1d12h`. */
export const durationPattern = /^(?:0|(?:[0-9]{1,9}(?:\.[0-9]{1,6})?(?:ms|s|m|h|d))+)$/

const Duration = text(
  durationPattern,
  "a duration like 90s, 15m or 1d12h, at most 366d",
  "a duration like 90s, 15m or 1d12h"
)

/** One of these words. */
const Word = <const Words extends readonly [string, ...ReadonlyArray<string>]>(...words: Words) =>
  Schema.Literal(...words).annotations({
    message: ({ actual }) => ({
      message: `expected ${words.join(", ")}, found ${JSON.stringify(actual)}`,
      override: true
    })
  })

const instant = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,3})?)?Z"

const Instant = text(
  new RegExp(`^${instant}$`),
  "a time in UTC like 2026-01-02T17:00:00Z",
  "a time in UTC like 2026-01-02T17:00:00Z"
)

const Moment = text(
  new RegExp(`${durationPattern.source}|^${instant}$`),
  "a time since the start like 90s or 1d12h, or a time in UTC like 2026-01-02T17:00:00Z",
  "a time since the start of the scenario (1d12h), or in UTC (2026-01-02T17:00:00Z)"
)

const Whole = (from: number, to = Number.MAX_SAFE_INTEGER) =>
  Schema.Number.pipe(
    Schema.filter((value) => Number.isSafeInteger(value) && value >= from && value <= to, {
      message: ({ actual }) =>
        `expected a whole number from ${from} to ${to}, found ${JSON.stringify(actual)}`,
      jsonSchema: { type: "integer", minimum: from, maximum: to }
    })
  )

const Chance = Schema.Number.pipe(
  Schema.filter((value) => value >= 0 && value <= 1, {
    message: ({ actual }) => `expected a number from 0 to 1, found ${JSON.stringify(actual)}`,
    jsonSchema: { type: "number", minimum: 0, maximum: 1 }
  })
)

const described = <A, I, R>(schema: Schema.Schema<A, I, R>, description: string) =>
  Schema.optionalWith(schema.annotations({ description }), { exact: true })

/** A text, or its lines. */
const Lines = Schema.Union(Schema.String, Schema.Array(Schema.String))

const window = {
  from: described(Moment, "from this moment on; default: always"),
  until: described(Moment, "up to, but not including, this moment; default: for ever")
}

const counted = {
  after: described(Whole(0), "leave the first so many uses alone"),
  times: described(Whole(1), "for so many uses, then no more")
}

const ReplyLine = text(
  /^[2-5][0-9]{2}(?:[ -][^\r\n]*)?$/,
  "a reply like 450 4.2.1 try again later",
  "code and text, as in 450 4.2.1 try again later"
)

const Pattern = Schema.String.annotations({ description: "* stands for anything" })

const Rule = Schema.Struct({
  at: Word(
    ...(["connect", "greeting", "ehlo", "helo", "starttls", "tls", "auth", "mail", "rcpt", "data"] as const),
    ...(["body", "final-dot", "rset", "quit"] as const)
  ),
  ...window,
  ...counted,
  recipient: described(Pattern, "only for this recipient"),
  sender: described(Pattern, "only for this sender"),
  chance: described(Chance, "only so often, by the seed"),
  delay: described(Duration, "how long the relay takes"),
  reply: described(Schema.Union(ReplyLine, Schema.Array(ReplyLine)), "what it says instead"),
  raw: described(Schema.String, "characters up to U+00FF, sent as octets instead of a reply"),
  end: described(Word("close", "silence"), "the connection is lost, or nobody answers any more"),
  stored: described(Schema.Boolean, "at final-dot: whether the relay keeps the message whatever it says")
})

const Outage = Schema.Struct({
  ...window,
  kind: described(
    Word("refused", "silent", "unreachable", "dns", "busy"),
    "what a connection meets; default: refused"
  ),
  every: described(Duration, "comes back so often"),
  for: described(Duration, "and then lasts so long")
})

const Account = Schema.Struct({
  username: Schema.String,
  password: Schema.optionalWith(Schema.String, { exact: true }),
  token: Schema.optionalWith(Schema.String, { exact: true }),
  ...window
})

const Rate = Schema.Struct({
  messages: Whole(1),
  per: Duration,
  reply: described(ReplyLine, "to MAIL, where there are more")
})

const Limits = Schema.Struct({
  recipients: described(Whole(1), "in one transaction; more get 452"),
  messages: described(Whole(1), "in one session; then 421"),
  sessions: described(Whole(1), "at the same time; more get 421"),
  rate: described(Rate, "messages in a time")
})

const Relay = Schema.Struct({
  host: described(Pattern, "host or host:port that it answers for; default: every one"),
  name: described(Schema.String, "in its greeting"),
  addresses: described(Schema.Array(Schema.String), "numeric addresses of its host"),
  extensions: described(Schema.Array(Schema.String), "EHLO keywords, without STARTTLS and AUTH"),
  starttls: described(Schema.Boolean, "default: true"),
  certificate: described(Schema.String, "why its certificate does not hold; default: it does"),
  accounts: described(Schema.Array(Account), "who may log in; default: whoever comes"),
  mechanisms: described(
    Schema.Array(Word("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")),
    "AUTH mechanisms offered"
  ),
  requireAuth: described(Schema.Boolean, "default: true where there are accounts"),
  limits: described(Limits, "what it can take"),
  greylist: described(Duration, "sender and recipient that are new have to wait so long"),
  outages: described(Schema.Array(Outage), "when it can't be reached"),
  rules: described(Schema.Array(Rule), "what it does otherwise; the first that fits counts")
})

const program = {
  ...window,
  ...counted,
  delay: described(Duration, "how long it runs"),
  exit: described(Whole(0), "its exit status; default: 0"),
  signal: described(Schema.String, "the signal that ends it")
}

const Mda = Schema.Struct({
  recipient: described(Pattern, "only for this recipient"),
  ...program,
  prints: described(Schema.String, "on its standard error")
})

const Hook = Schema.Struct({ command: described(Pattern, "only for this command"), ...program })

const Secret = Schema.Struct({
  command: Word("password_command", "oauth2_token_command"),
  answer: Schema.String,
  ...window
})

const Disk = Schema.Struct({
  fault: Word("NoSpace", "Permission", "Unsafe", "Corrupt", "Io", "Unsupported", "NotFound"),
  ...window
})

const Message = Schema.Struct({
  at: described(Moment, "default: the start"),
  count: described(Whole(1, 100_000), "so many of them; default: 1"),
  every: described(Duration, "one after the other; default: all at once"),
  argv: Schema.Array(Schema.String).annotations({ description: "arguments of sendmail" }),
  text: described(Lines, "standard input, as a text or its lines; default: a short message"),
  exitStatus: described(Whole(0), "expected of the program")
})

const Runs = Schema.Union(
  Schema.Literal("schedule"),
  Schema.Struct({ every: Duration }),
  Schema.Struct({ at: Schema.Array(Moment) })
)

const Step = Schema.Struct({
  event: Word(
    ...(["delivered", "deferred", "failed", "called", "unavailable", "reported", "buried"] as const)
  ),
  recipient: described(Pattern, "of this recipient"),
  text: described(Schema.String, "with this in its text"),
  ...window
})

const Expect = Schema.Struct({
  exitStatus: described(Whole(0), "of the whole run"),
  delivered: described(Whole(0), "recipients"),
  failed: described(Whole(0), "recipients"),
  pending: described(Whole(0), "recipients still waited for at the end"),
  reports: described(Whole(0), "bounces and other reports"),
  dead: described(Whole(0), "messages that could not be returned"),
  possibleDuplicates: described(Whole(0), "deliveries that may have been repeated"),
  steps: described(Schema.Array(Step), "what has to happen, in this order, whatever else does")
})

export const ScenarioDocument = Schema.Struct({
  $schema: described(Schema.String, "for editors"),
  title: described(Schema.String, "what it is about"),
  start: described(Instant, "the clock at the start; default: a Friday evening"),
  duration: described(Duration, "when it ends at the latest; default: 6d"),
  seed: described(Whole(0), "of everything random; default: 1"),
  rc: described(Lines, "the configuration, as a text or its lines; default: the user's own"),
  user: described(
    Schema.Struct({
      name: Schema.optionalWith(Schema.String, { exact: true }),
      fullName: Schema.optionalWith(Schema.String, { exact: true }),
      home: Schema.optionalWith(Schema.String, { exact: true }),
      host: Schema.optionalWith(Schema.String, { exact: true })
    }),
    "who runs the program, and where"
  ),
  relays: described(Schema.Array(Relay), "default: one that takes everything"),
  mda: described(Schema.Array(Mda), "how its runs end; the first that fits counts"),
  hooks: described(Schema.Array(Hook), "how preconnect and postconnect end"),
  secrets: described(Schema.Array(Secret), "what the commands for secrets answer"),
  disk: described(Schema.Array(Disk), "when the queue can't take a message"),
  messages: described(Schema.Array(Message), "programs that are started with a message"),
  runs: described(Runs, "when the queue is run; default: schedule, as by deliver --watch"),
  expect: described(Expect, "what has to come of it")
}).annotations({
  title: "esmtp scenario",
  description: "What esmtp meets in a simulation: esmtp simulate --scenario FILE"
})

export type ScenarioDocument = Schema.Schema.Type<typeof ScenarioDocument>
