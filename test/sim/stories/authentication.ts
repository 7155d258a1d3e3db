/** Who the user is: names and passwords. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { RelayScript } from "../../../src/domain/simulation/RelayScript.ts"
import { answering, plainRc, type Story } from "../support/Story.ts"
import { type Telling, told } from "./oneStep.ts"

const account = `${plainRc.replace("disabled", "required")}  username = "ada"\n`
const withPassword = `${account}  password = "secret"\n`

const offering = (...mechanisms: ReadonlyArray<string>): Partial<RelayScript> => ({
  mechanisms,
  accounts: mechanisms.length === 0 ? [] : [{ username: "ada", password: "secret" }]
})

/** Whatever is said, this is the answer to it. */
const authAnswered = (mechanism: string, raw: string): Partial<RelayScript> => ({
  ...offering(mechanism),
  rules: [{ at: "auth", raw: `${raw}\r\n` }]
})

const failing = (name: string, status: SysExit, telling: Telling): Story =>
  told(name, status, { rc: withPassword, relayed: [], ...telling })

export const authenticationStories: ReadonlyArray<Story> = [
  told("a user is known by his password, which nobody else is told", SysExit.Ok, {
    rc: withPassword,
    relay: offering("PLAIN"),
    relayed: [["bob@example.net"]],
    dialogue: [
      "S: 220 smtp.example.org ESMTP",
      "C: EHLO laptop.example.org",
      "S: 250-smtp.example.org",
      "S: 250-PIPELINING",
      "S: 250-SIZE 52428800",
      "S: 250-8BITMIME",
      "S: 250-ENHANCEDSTATUSCODES",
      "S: 250-DSN",
      "S: 250-SMTPUTF8",
      "S: 250-STARTTLS",
      "S: 250 AUTH PLAIN",
      "C: STARTTLS",
      "S: 220 2.0.0 Ready to start TLS",
      "C: EHLO laptop.example.org",
      "S: 250-smtp.example.org",
      "S: 250-PIPELINING",
      "S: 250-SIZE 52428800",
      "S: 250-8BITMIME",
      "S: 250-ENHANCEDSTATUSCODES",
      "S: 250-DSN",
      "S: 250-SMTPUTF8",
      "S: 250 AUTH PLAIN",
      "C: AUTH PLAIN *redacted*",
      "S: 235 2.7.0 Authentication successful",
      "C: MAIL FROM:<ada@example.org> SIZE=169",
      "C: RCPT TO:<bob@example.net>",
      "C: DATA",
      "S: 250 2.1.0 Sender OK",
      "S: 250 2.1.5 Recipient OK",
      "S: 354 End data with <CR><LF>.<CR><LF>",
      "S: 250 2.0.0 Message accepted",
      "C: QUIT"
    ]
  }),
  failing("a wrong password is for a person to mend", SysExit.NoPermission, {
    relay: { ...offering("PLAIN"), accounts: [{ username: "ada", password: "another" }] },
    errors: [
      "<bob@example.net>: authentication refused by smtp.example.org:587 (auth PLAIN): 535 5.7.8 Authentication credentials invalid"
    ]
  }),
  failing("a relay that can't check passwords now is for later", SysExit.TempFail, {
    relay: authAnswered("PLAIN", "454 4.7.0 temporary failure"),
    errors: [
      "<bob@example.net>: authentication failed at smtp.example.org:587 (auth PLAIN): not possible now: 454 4.7.0 temporary failure"
    ]
  }),
  failing("mechanisms that nobody here knows are of no use", SysExit.NoPermission, {
    relay: offering("GSSAPI"),
    errors: [
      "<bob@example.net>: authentication failed at smtp.example.org:587 (auth): the server offers only GSSAPI"
    ]
  }),
  failing("a relay without AUTH can't know its user", SysExit.NoPermission, {
    relay: offering(),
    errors: [
      "<bob@example.net>: authentication failed at smtp.example.org:587 (auth): not offered by the server"
    ]
  }),
  failing("a password does not cross a network in clear", SysExit.NoPermission, {
    rc: withPassword.replace("required", "disabled"),
    relay: { ...offering("PLAIN", "LOGIN"), tls: { starttls: false } },
    errors: [
      "<bob@example.net>: authentication failed at smtp.example.org:587 (auth): credentials are not sent without TLS; use TLS (tls = required), or allow it with plaintext_auth = allowed"
    ]
  }),
  failing("a user without a password has nothing to show", SysExit.NoPermission, {
    rc: account,
    relay: offering("PLAIN"),
    errors: [
      "<bob@example.net>: authentication failed at smtp.example.org:587 (auth): no password or token for PLAIN"
    ]
  }),
  failing("a challenge that is no challenge ends the exchange", SysExit.NoPermission, {
    rc: `${withPassword}  auth = CRAM-MD5\n`,
    relay: authAnswered("CRAM-MD5", "334 ***"),
    errors: [
      "<bob@example.net>: authentication failed at smtp.example.org:587 (auth CRAM-MD5): challenge is not base64"
    ]
  }),
  failing(
    "a server that does not prove that it knows the password is told nothing more",
    SysExit.NoPermission,
    {
      rc: `${withPassword}  auth = SCRAM-SHA-256\n`,
      relay: authAnswered("SCRAM-SHA-256", "235 2.7.0 welcome"),
      errors: [
        "<bob@example.net>: authentication failed at smtp.example.org:587 (auth SCRAM-SHA-256): server reported success without proving that it knows the password: 235 2.7.0 welcome"
      ]
    }
  ),
  failing("a relay that wants a name where none is configured says so with 530", SysExit.NoPermission, {
    rc: plainRc,
    relay: answering("mail", "530 5.7.0 authentication required"),
    errors: [
      "<bob@example.net>: sender <ada@example.org> refused by smtp.example.org:587 (mail): 530 5.7.0 authentication required"
    ]
  }),
  failing("a command that should tell the password and fails is for later", SysExit.TempFail, {
    rc: `${account}  password_command = "pass show mail"\n`,
    secrets: [{ command: "password_command", answer: "secret", until: 0 }],
    relay: offering("PLAIN"),
    errors: ["<bob@example.net>: password_command exited with non-zero status 1"]
  }),
  failing("a preconnect command that fails is for later", SysExit.TempFail, {
    rc: `${plainRc}  preconnect = "ssh-tunnel"\n`,
    hooks: [{ end: { _tag: "Exited", status: 1 } }],
    errors: ['<bob@example.net>: Pre-connect command "ssh-tunnel" exited with non-zero status 1']
  })
]
