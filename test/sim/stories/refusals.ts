/** What a relay refuses: senders, recipients, messages. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import { answering, plainMail, plainRc, type Story } from "../support/Story.ts"
import { type Telling, told } from "./oneStep.ts"

const refused = (name: string, status: SysExit, telling: Telling): Story =>
  told(name, status, { relayed: [], ...telling })

const two = ["sendmail", "bob@example.net", "carol@example.net"]
const carolIsGone = answering("rcpt", "550 5.1.1 No such user", { recipient: "carol@*" })

/** No octet of what is signed may change. */
const signedEightBit = plainMail.replace(
  "\n\n",
  `
MIME-Version: 1.0
Content-Type: multipart/signed; boundary="b"; protocol="application/pgp-signature"
Content-Transfer-Encoding: 8bit

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Grüße
--b
Content-Type: application/pgp-signature

x
--b--
`
)

export const refusalStories: ReadonlyArray<Story> = [
  refused("a sender refused for good is not tried again", SysExit.Unavailable, {
    relay: answering("mail", "550 5.7.1 not you"),
    errors: [
      "<bob@example.net>: sender <ada@example.org> refused by smtp.example.org:587 (mail): 550 5.7.1 not you"
    ]
  }),
  refused("a sender refused for now is for later", SysExit.TempFail, {
    relay: answering("mail", "450 4.7.1 not yet"),
    errors: [
      "<bob@example.net>: sender <ada@example.org> refused by smtp.example.org:587 (mail): 450 4.7.1 not yet"
    ]
  }),
  refused("a recipient that does not exist is told of by name", SysExit.NoUser, {
    relay: answering("rcpt", "550 5.1.1 No such user"),
    errors: ["recipient <bob@example.net> refused by smtp.example.org:587 (rcpt): 550 5.1.1 No such user"]
  }),
  refused("a greylisted recipient is for later", SysExit.TempFail, {
    relay: answering("rcpt", "450 4.2.0 Greylisted"),
    errors: ["recipient <bob@example.net> refused by smtp.example.org:587 (rcpt): 450 4.2.0 Greylisted"]
  }),
  refused("a message refused for good is not tried again", SysExit.Unavailable, {
    relay: answering("final-dot", "554 5.7.1 looks like spam"),
    errors: [
      "<bob@example.net>: message refused by smtp.example.org:587 (final-dot): 554 5.7.1 looks like spam"
    ]
  }),
  refused("a message refused for now is for later", SysExit.TempFail, {
    relay: answering("final-dot", "451 4.3.0 not now"),
    errors: ["<bob@example.net>: message refused by smtp.example.org:587 (final-dot): 451 4.3.0 not now"]
  }),
  refused("of two recipients one is refused, and nobody gets the message", SysExit.NoUser, {
    argv: two,
    relay: carolIsGone,
    errors: [
      "<bob@example.net>: message not sent, another recipient refused by smtp.example.org:587 (rcpt): 550 5.1.1 No such user",
      "recipient <carol@example.net> refused by smtp.example.org:587 (rcpt): 550 5.1.1 No such user"
    ]
  }),
  told("of two recipients one is refused, and the other gets it where the user wants that", SysExit.NoUser, {
    argv: two,
    rc: `require_all_recipients = no\n${plainRc}`,
    relay: carolIsGone,
    relayed: [["bob@example.net"]],
    errors: ["recipient <carol@example.net> refused by smtp.example.org:587 (rcpt): 550 5.1.1 No such user"]
  }),
  refused("a message larger than the relay takes is not even begun", SysExit.Unavailable, {
    relay: { extensions: ["SIZE 100"] },
    errors: ["<bob@example.net>: message larger than accepted by smtp.example.org:587 (mail): 5.3.4"]
  }),
  refused(
    "8-bit content that must not be converted does not go to a relay that can't take it",
    SysExit.Unavailable,
    {
      relay: { extensions: ["PIPELINING"] },
      stdin: signedEightBit,
      errors: [
        "<bob@example.net>: message has 8-bit content, 8BITMIME not offered by smtp.example.org:587 (mail): not converted: a signature in it would break: 5.6.3"
      ]
    }
  ),
  refused("an address outside ASCII does not go to a relay that can't take it", SysExit.Unavailable, {
    relay: { extensions: ["8BITMIME"] },
    argv: ["sendmail", "jörg@example.net"],
    errors: [
      "<jörg@example.net>: address is not ASCII, SMTPUTF8 not offered by smtp.example.org:587 (rcpt): 5.6.7"
    ]
  }),
  told(
    "an address that no command can carry, in a queue that somebody tampered with, goes nowhere",
    SysExit.TempFail,
    {
      argv: ["deliver"],
      waiting: [{ to: ["bob@example.net>\r\nRCPT TO:<eve@example.net"], from: "" }],
      relayed: [],
      queue: ["dead <> bob@example.net>\r\nRCPT TO:<eve@example.net=failed"]
    }
  )
]
