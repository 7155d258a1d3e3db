/** Every case, by what it is about. */

import * as addresses from "./cases/addresses.ts"
import * as authentication from "./cases/authentication.ts"
import * as bodies from "./cases/bodies.ts"
import * as configuration from "./cases/configuration.ts"
import * as dsn from "./cases/dsn.ts"
import * as failures from "./cases/failures.ts"
import * as flags from "./cases/flags.ts"
import * as grammar from "./cases/grammar.ts"
import * as headerRecipients from "./cases/headerRecipients.ts"
import * as headers from "./cases/headers.ts"
import * as hooks from "./cases/hooks.ts"
import * as identities from "./cases/identities.ts"
import * as localDelivery from "./cases/localDelivery.ts"
import * as session from "./cases/session.ts"
import * as tls from "./cases/tls.ts"
import * as watching from "./cases/watching.ts"
import type { ParityCase } from "./support/ParityCase.ts"

export const tables: Readonly<Record<string, ReadonlyArray<ParityCase>>> = {
  "the names of the command": flags.names,
  "the flags": flags.flags,
  "recipients on the command line": addresses.recipients,
  "senders on the command line": addresses.senders,
  "-N, -R and -V": dsn.dsnOptions,
  "-B": dsn.bodyTypes,
  "the place of the configuration": configuration.places,
  "the owner of the configuration": configuration.owners,
  "values in esmtprc": grammar.values,
  "statements in esmtprc": grammar.files,
  hostname: grammar.hosts,
  "the choice of an identity": identities.choice,
  "the address of the sender": identities.senderAddress,
  "other statements of an identity": identities.otherStatements,
  "lists of recipients with -t": headerRecipients.lists,
  Bcc: headerRecipients.blindCopies,
  "the sender with -t, and odd headers": headerRecipients.headerSenders,
  "fields of the header": headers.fields,
  "the shape of a message": headers.shapes,
  "the body": bodies.bodies,
  chunks: bodies.chunks,
  "the command of the MDA": localDelivery.templates,
  "the input of the MDA": localDelivery.inputs,
  "local and remote recipients": localDelivery.routes,
  "the end of the MDA": localDelivery.endings,
  "preconnect and postconnect": hooks.hooks,
  sessions: session.sessions,
  "refusals before the envelope": failures.greetings,
  "refusals of the envelope": failures.envelopes,
  "refusals of the message": failures.messages,
  STARTTLS: tls.startTls,
  "trust stores and client certificates": tls.trustStores,
  AUTH: authentication.authentication,
  "-v": watching.verbose,
  "-X": watching.transcripts
}
