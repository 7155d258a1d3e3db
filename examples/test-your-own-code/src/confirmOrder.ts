/** The code under test: a shop confirms an order, come what may. */
import * as Effect from "effect/Effect"
import { Esmtp, type Mail } from "esmtp"

export interface Order {
  readonly number: number
  readonly customer: string
}

const confirmation = ({ customer, number }: Order): Mail => ({
  message: `From: The shop <shop@example.org>
To: ${customer}
Bcc: archive@example.org
Subject: Your order ${number}

It is on its way.
`
})

/** At once if possible; else later, through the queue; and if nobody is there to be told, somebody has to call. */
export const confirmOrder = (order: Order) => {
  const mail = confirmation(order)
  return Esmtp.send(mail).pipe(
    Effect.as("confirmed" as const),
    Effect.catchTag("Undelivered", (error) =>
      error.isTransient
        ? Effect.as(Esmtp.enqueue({ ...mail, to: error.remaining }), "will be confirmed" as const)
        : Effect.succeed("call the customer" as const)
    )
  )
}
