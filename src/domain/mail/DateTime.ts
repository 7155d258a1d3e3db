/**
 * Moments as Date: fields write them.
 *
 * Source: RFC 5322 §3.3. esmtp: libESMTP headers.c `print_date` (the day of the month has no leading zero).
 */

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const two = (value: number): string => String(value).padStart(2, "0")

const zone = (offsetMinutes: number): string => {
  const minutes = Math.abs(offsetMinutes)
  return `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`
}

/** `offsetMinutes` east of UTC; a fraction of a minute, which old local times have, is cut off. */
export const formatDate = (epochMillis: number, offsetMinutes: number): string => {
  const offset = Math.trunc(offsetMinutes)
  const local = new Date(epochMillis + offset * 60_000)
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(":")
  const date = `${local.getUTCDate()} ${months[local.getUTCMonth()]} ${String(local.getUTCFullYear()).padStart(4, "0")}`
  return `${days[local.getUTCDay()]}, ${date} ${time} ${zone(offset)}`
}
