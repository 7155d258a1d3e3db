/** The way to the relay: names, connections, TLS, and what passes for SMTP. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import { answering, plainRc, type Story } from "../support/Story.ts"
import { type Telling, told } from "./oneStep.ts"

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
      "S: 250-SIZE 52428800",
      "S: 250-8BITMIME",
      "S: 250-ENHANCEDSTATUSCODES",
      "S: 250-DSN",
      "S: 250-SMTPUTF8",
      "S: 250-STARTTLS",
      "S: 250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER",
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
  failing("a relay that does not exist is told from one that is away", SysExit.NoHost, {
    relay: { host: "another.example.org" },
    errors: ["<bob@example.net>: cannot find smtp.example.org:587 (resolve): no such host name"]
  }),
  failing("without a name server it is for later", SysExit.TempFail, {
    relay: { outages: [{ kind: "dns" }] },
    errors: ["<bob@example.net>: cannot find smtp.example.org:587 (resolve): name lookup failed"]
  }),
  failing("a port that is no port is a mistake of the configuration", SysExit.Config, {
    rc: plainRc.replace("587", "nonsense"),
    errors: [
      "<bob@example.net>: cannot connect to smtp.example.org:nonsense (resolve): unknown service or port"
    ]
  }),
  failing("a relay that is not listening is for later", SysExit.TempFail, {
    relay: { outages: [{ kind: "refused" }] },
    errors: ["<bob@example.net>: cannot connect to smtp.example.org:587 (connect): connection refused"]
  }),
  failing("a network that is down is for later", SysExit.TempFail, {
    relay: { outages: [{ kind: "unreachable" }] },
    errors: ["<bob@example.net>: cannot connect to smtp.example.org:587 (connect): host unreachable"]
  }),
  failing("a relay that hangs up without a word is for later", SysExit.TempFail, {
    relay: { rules: [{ at: "greeting", end: "close" }] },
    errors: ["<bob@example.net>: connection lost to smtp.example.org:587 (greeting)"]
  }),
  failing("a relay that says goodbye at once is for later", SysExit.TempFail, {
    relay: answering("greeting", "421 4.3.2 closing"),
    errors: ["<bob@example.net>: session closed by smtp.example.org:587 (greeting): 421 4.3.2 closing"]
  }),
  failing("a relay that refuses the session is for later, whatever its code", SysExit.TempFail, {
    relay: answering("greeting", "554 no"),
    errors: ["<bob@example.net>: session refused by smtp.example.org:587 (greeting): 554 no"]
  }),
  failing("a relay that takes neither EHLO nor HELO is for later", SysExit.TempFail, {
    relay: {
      rules: [
        { at: "ehlo", reply: ["550 5.7.1 no"] },
        { at: "helo", reply: ["550 no"] }
      ]
    },
    errors: ["<bob@example.net>: session refused by smtp.example.org:587 (helo): 550 no"]
  }),
  failing("a name for EHLO that is longer than a command is a mistake of the configuration", SysExit.Config, {
    rc: plainRc.replace("starttls", `helo = "${"long.".repeat(110)}example"\n  starttls`),
    errors: ["<bob@example.net>: no usable EHLO name for smtp.example.org:587 (ehlo)"]
  }),
  failing("a connection lost after the final dot may have delivered, and says so", SysExit.TempFail, {
    relay: { rules: [{ at: "final-dot", end: "close" }] },
    errors: [
      "<bob@example.net>: connection lost to smtp.example.org:587 (final-dot): the server may have taken the message, another try may be a duplicate"
    ]
  }),
  failing("a relay that hangs up in the middle of the envelope is for later", SysExit.TempFail, {
    relay: { rules: [{ at: "rcpt", end: "close" }] },
    errors: ["<bob@example.net>: connection lost to smtp.example.org:587 (rcpt)"]
  }),
  withoutTls("required TLS that is not offered ends the session", SysExit.TempFail, {
    relay: { tls: { starttls: false } },
    errors: [
      "<bob@example.net>: STARTTLS not offered by smtp.example.org:587 (starttls): required, and the server does not offer STARTTLS"
    ]
  }),
  withoutTls("required TLS that is refused ends the session", SysExit.TempFail, {
    relay: answering("starttls", "454 4.7.0 not now"),
    errors: [
      "<bob@example.net>: STARTTLS refused by smtp.example.org:587 (starttls): the server refused STARTTLS: 454 4.7.0 not now"
    ]
  }),
  withoutTls("replies smuggled in before TLS end the session", SysExit.Protocol, {
    relay: { rules: [{ at: "starttls", raw: "220 go ahead\r\n250 injected\r\n" }] },
    errors: [
      "<bob@example.net>: data before TLS from smtp.example.org:587 (starttls): the server (or someone on the way) sent data behind its reply to STARTTLS"
    ]
  }),
  withoutTls("a handshake that fails is for later", SysExit.TempFail, {
    relay: { rules: [{ at: "tls", end: "close" }] },
    errors: [
      "<bob@example.net>: TLS handshake failed with smtp.example.org:587 (tls): connection closed during the handshake"
    ]
  }),
  withoutTls("a certificate that does not hold is for a person to judge", SysExit.NoPermission, {
    relay: { tls: { starttls: true, flaw: "certificate has expired" } },
    errors: [
      "<bob@example.net>: certificate not accepted from smtp.example.org:587 (tls): certificate has expired"
    ]
  }),
  withoutTls("TLS files that can't be used are a mistake of the configuration", SysExit.Config, {
    tlsFiles: "ca.pem: no such file",
    errors: ["<bob@example.net>: TLS files unusable for smtp.example.org:587 (tls): ca.pem: no such file"]
  }),
  told("a message goes through TLS, and EHLO is said again within", SysExit.Ok, {
    rc: rcWithTls("required"),
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
      "S: 250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER",
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
      "S: 250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER",
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
  failing("what is no reply is no SMTP", SysExit.Protocol, {
    relay: { rules: [{ at: "ehlo", raw: "HTTP/1.1 400 Bad Request\r\n" }] },
    errors: [
      '<bob@example.net>: protocol violation by smtp.example.org:587 (ehlo): not a reply: "HTTP/1.1 400 Bad Request"'
    ]
  }),
  failing("a relay that falls silent is waited for, and no longer", SysExit.TempFail, {
    relay: { rules: [{ at: "mail", end: "silence" }] },
    errors: ["<bob@example.net>: timed out after 300 s at smtp.example.org:587 (mail)"]
  })
]
