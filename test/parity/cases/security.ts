/** STARTTLS with certificates of all kinds, and AUTH. */
import { createHmac } from "node:crypto"
import { offering, onlyC, refused, send, sent, session } from "../support/outcomes.ts"
import type { Observation, ParityCase } from "../support/ParityCase.ts"

const account = "username u\npassword p\n"
const hello = ["EHLO client.example"]
const overTls = ["EHLO client.example", "STARTTLS", "EHLO client.example", "DATA", "QUIT"]

const tls = (
  name: string,
  rc: string,
  certificate: ParityCase["certificate"],
  more: Partial<ParityCase> = {}
): ParityCase => ({ name, args: send, rc, ...(certificate !== undefined && { certificate }), ...more })

const closes = "the session ends at once, with 77 for a certificate that was not accepted"

const badCertificate = (name: string, rc: string, certificate: ParityCase["certificate"]): ParityCase =>
  tls(name, rc, certificate, {
    differs: {
      because: closes,
      c: { status: 70, commands: [["EHLO client.example", "STARTTLS", "QUIT"]], messages: [] },
      ours: { status: 77, commands: [["EHLO client.example", "STARTTLS"]], messages: [] }
    }
  })

const unset = "starttls that is not set is used where it is offered"
const notInClear =
  "a password never goes to a server that is not who it should be, nor in clear where TLS was to be had"
const tryAgain = "what may go well next time is 75"
const ca = ".config/libesmtp/ca.pem"
const unusable = "a trust store that can't be used is told before a connection is made"

export const startTls: ReadonlyArray<ParityCase> = [
  tls("disabled", "starttls disabled\n", "good"),
  tls("disabled, with a password", `starttls disabled\n${account}`, "good", offering("AUTH PLAIN")),
  tls("enabled", "starttls enabled\n", "good"),
  tls("required", "starttls required\n", "good"),
  tls("required, with -v", "starttls required\n", "good", { args: ["-v", ...send] }),
  tls("required, and AUTH offered only then", `starttls required\n${account}`, "good", {
    server: { extensionsAfterTls: ["AUTH PLAIN"] }
  }),
  tls("extensions offered only before TLS", "starttls required\n", "good", {
    args: ["-Nfailure", ...send],
    server: { extensions: ["DSN"], extensionsAfterTls: [] }
  }),
  tls("enabled, and not offered", "starttls enabled\n", undefined),
  tls("enabled, and not offered, with a password on loopback", `starttls enabled\n${account}`, undefined, {
    ...offering("AUTH PLAIN")
  }),
  ...["enabled", "required"].flatMap((mode) => [
    badCertificate(`${mode}, a certificate for another host`, `starttls ${mode}\n`, "otherHost"),
    badCertificate(`${mode}, a certificate of nobody known`, `starttls ${mode}\n`, "selfSigned"),
    badCertificate(`${mode}, an expired certificate`, `starttls ${mode}\n`, "expired")
  ]),
  tls("not set, a good certificate", "", "good", {
    differs: { because: unset, c: { commands: [session] }, ours: { commands: [overTls] } }
  }),
  tls("not set, a bad certificate, no password", "", "selfSigned", {
    differs: { because: unset, c: { commands: [session] }, ours: { commands: [overTls] } }
  }),
  tls("not set, a bad certificate and a password", account, "selfSigned", {
    ...offering("AUTH PLAIN"),
    differs: {
      because: notInClear,
      c: sent({ commands: [["EHLO client.example", "AUTH PLAIN |u|p", "DATA", "QUIT"]] }),
      ours: { ...refused(77), commands: [["EHLO client.example", "STARTTLS"]] }
    }
  }),
  tls("required, and not offered", "starttls required\n", undefined, {
    differs: {
      because: tryAgain,
      c: { ...refused(70), commands: [["EHLO client.example", "QUIT"]] },
      ours: { ...refused(75), commands: [hello] }
    }
  }),
  tls("required, and refused", "starttls required\n", "good", {
    server: { answers: { STARTTLS: ["454 later"] } },
    differs: {
      because: tryAgain,
      c: { status: 70, commands: [["EHLO client.example", "STARTTLS", "QUIT"]], messages: [] },
      ours: { status: 75, commands: [["EHLO client.example", "STARTTLS"]], messages: [] }
    }
  }),
  tls("enabled, and refused, without a password", "starttls enabled\n", "good", {
    server: { answers: { STARTTLS: ["454 later"] } },
    differs: {
      because: "where TLS is not required and nothing secret would be said, the message goes in clear",
      c: { ...refused(70), commands: [["EHLO client.example", "STARTTLS", "QUIT"]] },
      ours: sent({ commands: [["EHLO client.example", "STARTTLS", "DATA", "QUIT"]] })
    }
  }),
  tls("enabled, and refused, with a password on loopback", `starttls enabled\n${account}`, "good", {
    server: { extensions: ["AUTH PLAIN"], answers: { STARTTLS: ["454 later"] } },
    differs: {
      because: "nobody listens on loopback; anywhere else the session ends",
      c: { ...refused(70), commands: [["EHLO client.example", "STARTTLS", "QUIT"]] },
      ours: sent({ commands: [["EHLO client.example", "STARTTLS", "AUTH PLAIN |u|p", "DATA", "QUIT"]] })
    }
  }),
  tls("required, and an empty ca.pem", "starttls required\n", "good", {
    files: { [ca]: "" },
    differs: {
      because: unusable,
      c: { ...refused(70), commands: [["EHLO client.example", "QUIT"]] },
      ours: refused(78)
    }
  }),
  tls("enabled, and a ca.pem that others can read", "starttls enabled\n", "good", {
    modes: { [ca]: 0o644 },
    differs: onlyC(`${unusable}; C goes on in clear`, 78)
  })
]

const auth = (name: string, offered: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: send,
  rc: account,
  ...offering(offered),
  ...more
})

const answering = (offered: string, ...answers: ReadonlyArray<string>) => ({
  server: { extensions: [offered], answers: { AUTH: answers } }
})

const passwordPlease = "334 UGFzc3dvcmQ6"
const plain = "AUTH PLAIN |u|p"
const challenge = "<1896.697170952@relay.example>"
const digest = createHmac("md5", "p").update(challenge).digest("hex")
const always = "a failed AUTH ends the session; C goes on as a stranger"

const failing = (
  because: string,
  commands: ReadonlyArray<string>,
  said: ReadonlyArray<string>,
  status = 77
): { readonly differs: { because: string; c: Partial<Observation>; ours: Partial<Observation> } } => ({
  differs: {
    because,
    c: sent({ commands: [["EHLO client.example", ...commands, "DATA", "QUIT"]] }),
    ours: { ...refused(status), commands: [["EHLO client.example", ...said]] }
  }
})

export const authentication: ReadonlyArray<ParityCase> = [
  auth("PLAIN", "AUTH PLAIN"),
  auth("PLAIN before LOGIN", "AUTH PLAIN LOGIN"),
  auth("the old form of the keyword", "AUTH=PLAIN"),
  auth("a mechanism that nobody knows", "AUTH XYZ PLAIN"),
  auth("a long password", "AUTH PLAIN", { rc: `username u\npassword ${"p".repeat(200)}\n` }),
  auth("no account", "AUTH PLAIN", { rc: "" }),
  auth("LOGIN", "AUTH LOGIN", {
    ...answering("AUTH LOGIN", passwordPlease),
    oursAnswers: { AUTH: ["334 VXNlcm5hbWU6"], response: [passwordPlease, "235 ok"] },
    differs: {
      because: "LOGIN knows no initial response, and some servers take none",
      c: { commands: [["EHLO client.example", "AUTH LOGIN u", "> p", "DATA", "QUIT"]] },
      ours: { commands: [["EHLO client.example", "AUTH LOGIN", "> u", "> p", "DATA", "QUIT"]] }
    }
  }),
  auth("LOGIN before PLAIN", "AUTH LOGIN PLAIN", {
    ...answering("AUTH LOGIN PLAIN", passwordPlease),
    oursAnswers: { AUTH: ["235 ok"] },
    differs: {
      because: "the strongest mechanism is first, whatever the order of the server",
      c: { commands: [["EHLO client.example", "AUTH LOGIN u", "> p", "DATA", "QUIT"]] },
      ours: { commands: [["EHLO client.example", plain, "DATA", "QUIT"]] }
    }
  }),
  auth("CRAM-MD5 before PLAIN", "AUTH CRAM-MD5 PLAIN", {
    ...answering("AUTH CRAM-MD5 PLAIN", "235 ok"),
    oursAnswers: { AUTH: [`334 ${Buffer.from(challenge).toString("base64")}`] },
    differs: {
      because: "C looks for its CRAM-MD5 under a name that it is not installed by",
      c: { commands: [["EHLO client.example", plain, "DATA", "QUIT"]] },
      ours: {
        commands: [["EHLO client.example", "AUTH CRAM-MD5", `> u ${digest}`, "DATA", "QUIT"]]
      }
    }
  }),
  auth("not offered", "HELP", failing(always, [], [])),
  auth("no mechanism that is known", "AUTH XYZ", failing(always, [], [])),
  auth("535", "AUTH PLAIN", {
    ...answering("AUTH PLAIN", "535 5.7.8 bad"),
    ...failing(always, [plain], [plain])
  }),
  auth("454", "AUTH PLAIN", {
    ...answering("AUTH PLAIN", "454 later"),
    ...failing(always, [plain], [plain], 75)
  }),
  auth("535, and LOGIN to follow", "AUTH PLAIN LOGIN", {
    ...answering("AUTH PLAIN LOGIN", "535 5.7.8 bad", passwordPlease),
    ...failing(
      "a wrong password is not tried by every mechanism, for accounts get locked by that",
      [plain, "AUTH LOGIN u", "> p"],
      [plain]
    )
  }),
  auth("534", "AUTH PLAIN", {
    ...answering("AUTH PLAIN", "534 too weak"),
    differs: {
      because: "authentication refused is 77",
      c: { ...refused(70), commands: [["EHLO client.example", plain, "QUIT"]] },
      ours: { ...refused(77), commands: [["EHLO client.example", plain]] }
    }
  }),
  auth("504, and LOGIN to follow", "AUTH PLAIN LOGIN", {
    ...answering("AUTH PLAIN LOGIN", "504 what", passwordPlease),
    oursAnswers: { AUTH: ["504 what", "334 VXNlcm5hbWU6"], response: [passwordPlease, "235 ok"] },
    differs: {
      because: "LOGIN knows no initial response, and some servers take none",
      c: { commands: [["EHLO client.example", plain, "AUTH LOGIN u", "> p", "DATA", "QUIT"]] },
      ours: { commands: [["EHLO client.example", plain, "AUTH LOGIN", "> u", "> p", "DATA", "QUIT"]] }
    }
  }),
  auth("a user without a password", "AUTH PLAIN", {
    rc: "username u\n",
    ...failing(always, ["AUTH PLAIN"], [])
  }),
  auth("a password without a user", "AUTH PLAIN", {
    rc: "password p\n",
    ...failing(always, ["AUTH PLAIN"], [])
  })
]
