/** Which addresses of a relay can be connected to. Nothing is said to any of them. */
import * as Effect from "effect/Effect"
import * as Limits from "../../domain/smtp/Limits.ts"
import type { SocketAddress } from "../../services/Dialer.ts"
import type { AddressReach } from "../../services/SmtpTransport.ts"
import * as HappyEyeballs from "./HappyEyeballs.ts"

const atOnce = 8

const reach = (address: SocketAddress, deadlineMillis: number): Effect.Effect<AddressReach> =>
  HappyEyeballs.connect([address], {
    attemptDelayMillis: deadlineMillis,
    addressMillis: deadlineMillis,
    totalMillis: deadlineMillis,
    onFailure: () => Effect.void
  }).pipe(
    Effect.scoped,
    Effect.match({
      onFailure: ({ failures }) => ({
        address: address.address,
        failure: failures[0]?.message ?? "ETIMEDOUT"
      }),
      onSuccess: () => ({ address: address.address })
    })
  )

/** In the order of `addresses`. `deadlineMillis`: of each. */
export const survey = (
  addresses: ReadonlyArray<SocketAddress>,
  deadlineMillis: number
): Effect.Effect<ReadonlyArray<AddressReach>> =>
  Effect.forEach(addresses.slice(0, Limits.surveyedAddresses), (address) => reach(address, deadlineMillis), {
    concurrency: atOnce
  })
