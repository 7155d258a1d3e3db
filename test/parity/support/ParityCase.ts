/**
 * One question put to C esmtp and to ours, and what may differ in the answers.
 *
 * In `args`, `rc`, `files` and `env`, `{home}` stands for the user's home, `{port}` for the server's port; observed
 * values have the same placeholders put back. `{authority}` and `{client}` are certificates in PEM.
 */
import type { Answer, Scenario } from "../../support/FakeSmtpScenario.ts"
import type { ProgramName } from "../../support/runProgram.ts"
import type { ServerCertificates } from "./ServerCertificates.ts"

export interface SentMessage {
  /** Fields as sent, in their order, folded lines and all, without CRLF at the end. */
  readonly header: ReadonlyArray<string>
  /** Without dot-stuffing. */
  readonly body: string
}

export interface MdaRun {
  readonly argv: ReadonlyArray<string>
  readonly stdin: string
}

/** Everything that somebody outside can see of one run. */
export interface Observation {
  /** A number, or the name of the signal. */
  readonly status: number | string
  /** Whether anything was said on standard error. The words are ours. */
  readonly complains: boolean
  readonly stdout: string
  /** For each connection its command lines in order, without MAIL and RCPT; answers to AUTH decoded. */
  readonly commands: ReadonlyArray<ReadonlyArray<string>>
  /** For each MAIL: that line, then the RCPT lines that followed. */
  readonly envelopes: ReadonlyArray<ReadonlyArray<string>>
  /** What the server took. */
  readonly messages: ReadonlyArray<SentMessage>
  readonly mda: ReadonlyArray<MdaRun>
  /** Contents of `{home}/hooks`, where hooks leave their traces. */
  readonly hooks: string
  /** Contents of `{home}/transcript`, the file of `-X`. */
  readonly transcript: string
}

export type Aspect = keyof Observation

/** All aspects named on either side are expected as they stand there; at least one is not the same on both. */
export interface Difference {
  readonly because: string
  readonly c: Partial<Observation>
  readonly ours: Partial<Observation>
}

export interface ParityCase {
  /** A sentence. */
  readonly name: string
  /** Absent: `sendmail`. */
  readonly as?: ProgramName
  readonly args: ReadonlyArray<string>
  /** Octets as characters. Absent: a small message. */
  readonly stdin?: string
  /** Statements after those of `defaultRc`. */
  readonly rc?: string
  /** Instead of `defaultRc`; `false`: no file. */
  readonly wholeRc?: string | false
  /** Further files in the home; `false` takes one away. */
  readonly files?: Readonly<Record<string, string | false>>
  /** Absent: 0600, and 0700 for what is in `bin`. */
  readonly modes?: Readonly<Record<string, number>>
  /** Symbolic links in the home: name → target. */
  readonly links?: Readonly<Record<string, string>>
  /** Files in the home that belong to this user id. */
  readonly owners?: Readonly<Record<string, number>>
  /** This is /etc/esmtprc, for this run only. Needs root. */
  readonly systemRc?: { readonly text: string; readonly mode?: number; readonly owner?: number }
  readonly env?: Readonly<Record<string, string>>
  readonly server?: Scenario
  /** Further answers to ours, where what a server says depends on what it was told. */
  readonly oursAnswers?: Scenario["answers"]
  /** Answers to RCPT, in the order in which the recipients were given. */
  readonly rcptAnswers?: ReadonlyArray<Answer>
  /** STARTTLS is offered, with this certificate. */
  readonly certificate?: keyof ServerCertificates
  /** The server takes no client without a certificate. */
  readonly wantsClientCertificate?: true
  /** Of C; 0 if absent, unless `differs` tells. */
  readonly status?: number | string
  /** In C the message reaches nobody. A case in which that is so without being said here, or in `differs`, fails. */
  readonly nothingSent?: true
  /** Everything else is the same. */
  readonly differs?: Difference
}

/** `{server}` is the name by which the server is known. */
export const defaultRc = 'hostname = "{server}:{port}"\nhelo = "client.example"\n'

export const defaultMessage = "Subject: parity\n\nHello.\n"

/** A recorder for use as `mda`: leaves its arguments and its input in the home. */
export const recorder = "{home}/bin/mda"
