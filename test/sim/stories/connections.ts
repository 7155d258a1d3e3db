/** The way to the relay: names, connections, TLS, and what passes for SMTP. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import { type Answer, plainRc, type Story } from "../support/Story.ts"
import { type Telling, told } from "./oneStep.ts"

const drop: Answer = { drop: true }
const silence: Answer = { silence: true }

const rcWithTls = (mode: string): string => plainRc.replace("starttls = disabled", `starttls = ${mode}`)

const failing = (name: string, status: SysExit, telling: Telling): Story =>
  told(name, status, { relayed: [], ...telling })

const withoutTls = (name: string, status: SysExit, telling: Telling): Story =>
  failing(name, status, { rc: rcWithTls("required"), ...telling })

export const connectionStories: ReadonlyArray<Story> = [
  told("a message goes to the relay, and the exit status says so", SysExit.Ok, {
    relayed: [["bob@example.net"]],
    dialogue: [
      "S: 220 smtp.example.org ESMTP",
      "C: EHLO laptop.example.org",
      "S: 250-smtp.example.org",
      "S: 250-PIPELINING",
      "S: 250-8BITMIME",
      "S: 250 ENHANCEDSTATUSCODES",
      "C: MAIL FROM:<ada@example.org>",
      "C: RCPT TO:<bob@example.net>",
      "C: DATA",
      "S: 250 2.1.0 sender ok",
      "S: 250 2.1.5 recipient ok",
      "S: 354 go on",
      "S: 250 2.0.0 queued as 42",
      "C: QUIT"
    ]
  }),
  failing("a relay that does not exist is told from one that is away", SysExit.NoHost, {
    relay: { unreachable: "NameNotFound" },
    errors: ["<bob@example.net>: cannot find smtp.example.org:587 (resolve): no such host name"]
  }),
  failing("without a name server it is for later", SysExit.TempFail, {
    relay: { unreachable: "NameLookupFailed" },
    errors: ["<bob@example.net>: cannot find smtp.example.org:587 (resolve): name lookup failed"]
  }),
  failing("a port that is no port is a mistake of the configuration", SysExit.Config, {
    relay: { unreachable: "ServiceUnknown" },
    errors: ["<bob@example.net>: cannot connect to smtp.example.org:587 (resolve): unknown service or port"]
  }),
  failing("a relay that is not listening is for later", SysExit.TempFail, {
    relay: { unreachable: "Refused" },
    errors: ["<bob@example.net>: cannot connect to smtp.example.org:587 (connect): connection refused"]
  }),
  failing("a network that is down is for later", SysExit.TempFail, {
    relay: { unreachable: "Unreachable" },
    errors: ["<bob@example.net>: cannot connect to smtp.example.org:587 (connect): host unreachable"]
  }),
  failing("a connection that is reset at once is for later", SysExit.TempFail, {
    relay: { unreachable: "Lost" },
    errors: ["<bob@example.net>: connection lost to smtp.example.org:587 (connect)"]
  }),
  failing("a relay that says goodbye at once is for later", SysExit.TempFail, {
    relay: { answers: { greeting: ["421 4.3.2 closing"] } },
    errors: ["<bob@example.net>: session closed by smtp.example.org:587 (greeting): 421 4.3.2 closing"]
  }),
  failing("a relay that refuses the session is for later, whatever its code", SysExit.TempFail, {
    relay: { answers: { greeting: ["554 no"] } },
    errors: ["<bob@example.net>: session refused by smtp.example.org:587 (greeting): 554 no"]
  }),
  failing("a relay that takes neither EHLO nor HELO is for later", SysExit.TempFail, {
    relay: { answers: { EHLO: ["550 5.7.1 no"], HELO: ["550 no"] } },
    errors: ["<bob@example.net>: session refused by smtp.example.org:587 (helo): 550 no"]
  }),
  failing("a name for EHLO that is longer than a command is a mistake of the configuration", SysExit.Config, {
    rc: plainRc.replace("starttls", `helo = "${"long.".repeat(110)}example"\n  starttls`),
    errors: ["<bob@example.net>: no usable EHLO name for smtp.example.org:587 (ehlo)"]
  }),
  failing("a connection lost after the final dot may have delivered, and says so", SysExit.TempFail, {
    relay: { answers: { dot: [drop] } },
    errors: [
      "<bob@example.net>: connection lost to smtp.example.org:587 (final-dot): the server may have taken the message, another try may be a duplicate"
    ]
  }),
  failing("a relay that hangs up in the middle of the envelope is for later", SysExit.TempFail, {
    relay: { answers: { RCPT: [drop] } },
    errors: ["<bob@example.net>: connection lost to smtp.example.org:587 (rcpt)"]
  }),
  withoutTls("required TLS that is not offered ends the session", SysExit.TempFail, {
    errors: [
      "<bob@example.net>: STARTTLS not offered by smtp.example.org:587 (starttls): required, and the server does not offer STARTTLS"
    ]
  }),
  withoutTls("required TLS that is refused ends the session", SysExit.TempFail, {
    relay: { tls: "works", answers: { STARTTLS: ["454 4.7.0 not now"] } },
    errors: [
      "<bob@example.net>: STARTTLS refused by smtp.example.org:587 (starttls): the server refused STARTTLS: 454 4.7.0 not now"
    ]
  }),
  withoutTls("replies smuggled in before TLS end the session", SysExit.Protocol, {
    relay: { tls: "works", answers: { STARTTLS: ["220 go ahead\r\n250 injected"] } },
    errors: [
      "<bob@example.net>: data before TLS from smtp.example.org:587 (starttls): the server (or someone on the way) sent data behind its reply to STARTTLS"
    ]
  }),
  withoutTls("a handshake that fails is for later", SysExit.TempFail, {
    relay: { tls: { fails: "Handshake", detail: "no cipher in common" } },
    errors: ["<bob@example.net>: TLS handshake failed with smtp.example.org:587 (tls): no cipher in common"]
  }),
  withoutTls("a certificate that does not hold is for a person to judge", SysExit.NoPermission, {
    relay: { tls: { fails: "Certificate", detail: "certificate has expired" } },
    errors: [
      "<bob@example.net>: certificate not accepted from smtp.example.org:587 (tls): certificate has expired"
    ]
  }),
  withoutTls("TLS files that can't be used are a mistake of the configuration", SysExit.Config, {
    relay: { tls: { fails: "Store", detail: "ca.pem: no such file" } },
    errors: ["<bob@example.net>: TLS files unusable for smtp.example.org:587 (tls): ca.pem: no such file"]
  }),
  told("a message goes through TLS, and EHLO is said again within", SysExit.Ok, {
    rc: rcWithTls("required"),
    relay: { tls: "works" },
    relayed: [["bob@example.net"]],
    dialogue: [
      "S: 220 smtp.example.org ESMTP",
      "C: EHLO laptop.example.org",
      "S: 250-smtp.example.org",
      "S: 250-PIPELINING",
      "S: 250-8BITMIME",
      "S: 250-ENHANCEDSTATUSCODES",
      "S: 250 STARTTLS",
      "C: STARTTLS",
      "S: 220 2.0.0 go ahead",
      "C: EHLO laptop.example.org",
      "S: 250-smtp.example.org",
      "S: 250-PIPELINING",
      "S: 250-8BITMIME",
      "S: 250 ENHANCEDSTATUSCODES",
      "C: MAIL FROM:<ada@example.org>",
      "C: RCPT TO:<bob@example.net>",
      "C: DATA",
      "S: 250 2.1.0 sender ok",
      "S: 250 2.1.5 recipient ok",
      "S: 354 go on",
      "S: 250 2.0.0 queued as 42",
      "C: QUIT"
    ]
  }),
  failing("what is no reply is no SMTP", SysExit.Protocol, {
    relay: { answers: { EHLO: ["HTTP/1.1 400 Bad Request"] } },
    errors: [
      '<bob@example.net>: protocol violation by smtp.example.org:587 (ehlo): not a reply: "HTTP/1.1 400 Bad Request"'
    ]
  }),
  failing("a relay that falls silent is waited for, and no longer", SysExit.TempFail, {
    relay: { answers: { MAIL: [silence] } },
    errors: ["<bob@example.net>: timed out after 300 s at smtp.example.org:587 (mail)"]
  })
]
