/** AUTH. */
import { createHmac } from "node:crypto"
import { offering, refused, send, sent } from "../support/outcomes.ts"
import type { Observation, ParityCase } from "../support/ParityCase.ts"

const account = "username u\npassword p\n"

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
