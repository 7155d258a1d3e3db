/** One session with a relay, opened when first needed, shared by message after message, replaced when it breaks. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Relay } from "../../domain/smtp/Relay.ts"
import { type SessionError, type SmtpSession, SmtpTransport } from "../../services/SmtpTransport.ts"

interface OpenSession {
  readonly session: SmtpSession
  readonly scope: Scope.CloseableScope
}

export interface SessionSlot {
  /** The session that stands, or a new one. Nobody retries. */
  readonly session: Effect.Effect<SmtpSession, SessionError>
}

/** Closing the scope says QUIT on what is open. */
export const make = (relay: Relay): Effect.Effect<SessionSlot, never, SmtpTransport | Scope.Scope> =>
  Effect.gen(function* () {
    const transport = yield* SmtpTransport
    let current: OpenSession | undefined
    const close = Effect.suspend(() => {
      const closing = current
      current = undefined
      return closing === undefined ? Effect.void : Scope.close(closing.scope, Exit.void)
    })
    yield* Effect.addFinalizer(() => close)
    const open = Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const scope = yield* Scope.make()
        const session = yield* restore(transport.open(relay).pipe(Scope.extend(scope))).pipe(
          Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause)))
        )
        current = { session, scope }
        return session
      })
    )
    return {
      session: Effect.gen(function* () {
        if (current !== undefined && (yield* current.session.isUsable)) return current.session
        yield* close
        return yield* open
      })
    }
  })
