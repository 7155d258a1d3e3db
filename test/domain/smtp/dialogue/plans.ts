/** Plans to open sessions and transactions with, one detail at a time. */
import * as Redacted from "effect/Redacted"
import type { Recipient } from "../../../../src/domain/mail/Envelope.ts"
import { Mailbox } from "../../../../src/domain/mail/Mailbox.ts"
import type { MessageFacts } from "../../../../src/domain/mail/MessageFacts.ts"
import type { Credentials } from "../../../../src/domain/sasl/Sasl.ts"
import type { SessionPlan, TlsFacts, TransactionPlan } from "../../../../src/domain/smtp/DialogueTypes.ts"
import type { AuthPolicy, TlsMode } from "../../../../src/domain/smtp/Relay.ts"
import { nodeCrypto } from "../../sasl/cryptoForTests.ts"

const verifiedTls: TlsFacts = {
  protocol: "TLSv1.3",
  cipher: "TLS_AES_256_GCM_SHA384",
  cipherBits: 256,
  hasClientCertificate: false,
  channelBinding: {}
}

export const tlsFacts = (change: Partial<TlsFacts> = {}): TlsFacts => ({ ...verifiedTls, ...change })

export interface SessionSetting extends Partial<Omit<SessionPlan, "relay">> {
  readonly mode?: TlsMode
  readonly auth?: Partial<AuthPolicy>
  readonly timeoutMillis?: number
}

export const sessionPlan = (setting: SessionSetting = {}): SessionPlan => {
  const { mode = "disabled", auth = {}, timeoutMillis, ...rest } = setting
  return {
    relay: {
      host: "relay.example",
      service: "587",
      tls: { mode, minVersion: "TLSv1.2" },
      auth: { mechanism: "auto", plaintext: "refused", ...auth },
      ...(timeoutMillis === undefined ? {} : { timeoutMillis })
    },
    peer: { host: "relay.example", service: "587" },
    isLoopback: false,
    heloName: "me.example",
    crypto: nodeCrypto,
    ...rest
  }
}

export const facts = (change: Partial<MessageFacts> = {}): MessageFacts => ({
  sizeBytes: 100,
  hasEightBitHeader: false,
  hasEightBitBody: false,
  longestLineBytes: 60,
  nulsDropped: 0,
  ...change
})

export const recipient = (address: string, change: Partial<Recipient> = {}): Recipient => ({
  mailbox: Mailbox(address),
  route: "relay",
  ...change
})

/** `to` names recipients at x.example by their local parts. */
export const transactionPlan = (
  to: string,
  {
    facts: someFacts,
    ...change
  }: Partial<Omit<TransactionPlan, "facts">> & {
    readonly facts?: Partial<MessageFacts>
  } = {}
): TransactionPlan => ({
  reversePath: Mailbox("me@x.example"),
  recipients: to.split(" ").map((name) => recipient(`${name}@x.example`)),
  facts: facts(someFacts),
  requireAllRecipients: false,
  ...change
})

export const password: Credentials = { username: "user", password: Redacted.make("pencil") }

export const withPassword: Partial<AuthPolicy> = { username: "user", password: Redacted.make("pencil") }
