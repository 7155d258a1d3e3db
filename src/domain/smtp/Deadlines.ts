/**
 * How long each step of a session may take.
 *
 * Source: RFC 5321 §4.5.3.2. Deviations: connecting takes at most 30 s an address, RSET and QUIT 20 s, as nothing
 * depends on them. A deadline covers a whole command, not one read. In a flight of pipelined commands each reply starts
 * the deadline of the next one: the server works on them one after the other, and a reply begun but not ended gains
 * no time.
 */
import type { Stage } from "./Stage.ts"

const seconds = 1000
const minutes = 60 * seconds

const rfcMillis: Record<Stage, number> = {
  resolve: 30 * seconds,
  connect: 30 * seconds,
  greeting: 5 * minutes,
  ehlo: 5 * minutes,
  helo: 5 * minutes,
  starttls: 5 * minutes,
  tls: 5 * minutes,
  auth: 5 * minutes,
  mail: 5 * minutes,
  rcpt: 5 * minutes,
  data: 2 * minutes,
  body: 3 * minutes,
  "final-dot": 10 * minutes,
  rset: 20 * seconds,
  quit: 20 * seconds
}

/** `boundMillis` is the `timeout` of the configuration. For `body`: between two blocks, not for the whole. */
export const deadlineMillis = (stage: Stage, boundMillis?: number): number =>
  boundMillis === undefined ? rfcMillis[stage] : Math.min(rfcMillis[stage], boundMillis)
