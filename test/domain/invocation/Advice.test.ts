import { assert, describe, it } from "@effect/vitest"
import * as Option from "effect/Option"
import { advice, adviceLines } from "../../../src/domain/invocation/Advice.ts"
import type { EsmtpError } from "../../../src/domain/invocation/SysExits.ts"
import { UsageError } from "../../../src/domain/invocation/UsageError.ts"
import {
  auth,
  config,
  connect,
  exited,
  hook,
  inMessage,
  mda,
  message,
  noMda,
  onPort,
  peer,
  queue,
  recipients,
  sender,
  timeout,
  tls,
  violation
} from "./failures.ts"

const host = (name: string) => ({ ...peer, host: name })

/** What the advice must speak of. */
const cases: ReadonlyArray<readonly [what: string, error: EsmtpError, about: RegExp]> = [
  ["no configuration", config("NotFound"), /~\/\.esmtprc/],
  ["syntax", config("Syntax"), /esmtprc\(5\)/],
  ["no recipients", inMessage("NoRecipients"), /-t/],
  ["no such host", connect("NameNotFound"), /hostname/],
  ["network down", connect("Unreachable"), /network/],
  ["port 25 unreachable", connect("Unreachable", "connect", onPort("25")), /587/],
  ["connection refused", connect("Refused"), /587.*465/],
  ["lost on port 465", connect("Lost", "greeting", onPort("465")), /tls = implicit/],
  ["timeout on smtps", timeout("greeting", onPort("smtps")), /tls = implicit/],
  ["timeout of the connection", timeout("connect"), /firewall/],
  ["unknown service", connect("ServiceUnknown"), /number/],
  ["EHLO name", connect("EhloRefused", "ehlo"), /helo/],
  ["no STARTTLS", tls("NotOffered"), /465/],
  ["no STARTTLS on port 25", tls("NotOffered", "", onPort("25")), /587/],
  ["plain port", tls("Handshake", "wrong version number"), /tls = required/],
  ["client certificate", tls("Handshake", "tlsv13 alert certificate required"), /tls_certificate/],
  ["expired", tls("Certificate", "certificate has expired"), /clock/],
  ["self-signed", tls("Certificate", "self-signed certificate in certificate chain"), /tls_ca_file/],
  ["unknown issuer", tls("Certificate", "unable to get local issuer certificate"), /tls_ca_file/],
  ["name mismatch", tls("Certificate", "name mismatch"), /hostname/],
  ["pin", tls("Certificate", "fingerprint mismatch"), /tls_fingerprint/],
  ["own files", tls("Store"), /0600/],
  ["injection", tls("Injection"), /tampering/],
  ["wrong password", auth("Rejected", 535), /app password/],
  ["Google", auth("Rejected", 535, host("smtp.gmail.com")), /Google.*app password/],
  ["Microsoft", auth("Rejected", 535, host("smtp-mail.outlook.com")), /oauth2_token_command/],
  ["not Google at all", auth("Rejected", 535, host("notgmail.com")), /check username/],
  ["AUTH in clear", auth("PlaintextRefused"), /tls = required.*plaintext_auth/],
  ["AUTH not offered", auth("NotOffered"), /STARTTLS/],
  ["no credentials", auth("NoCredentials"), /password_command/],
  ["mechanism", auth("MechanismUnusable"), /esmtp check/],
  ["unverified server", auth("ServerUnverified"), /relay/],
  ["530 STARTTLS", sender(530, "5.7.0 Must issue a STARTTLS command first"), /tls = required/],
  ["530 login", sender(530, "5.7.0 Authentication required"), /username/],
  ["sender not owned", sender(553, "5.7.1 Sender address rejected: not owned"), /-f/],
  ["relay denied", recipients(["a@x", 554, "5.7.1 Relay access denied"]), /username/],
  ["greylisting", recipients(["a@x", 450, "4.2.0 Greylisted, see help"]), /delivery_mode/],
  ["8-bit", message("EightBitUnsupported"), /base64/],
  ["other recipient", message("OtherRecipientRefused"), /require_all_recipients/],
  ["no SMTP", violation("greeting"), /host and port/],
  ["no MDA", noMda, /mda/],
  ["MDA missing", mda({ _tag: "NotStarted", detail: "not found" }), /mda/],
  ["hook", hook("preconnect"), /by hand/],
  ["disk full", queue("NoSpace"), /disk/],
  ["queue unsafe", queue("Unsafe"), /0700/],
  ["no such entry", queue("NotFound"), /mailq/]
]

describe("advice", () => {
  for (const [what, error, about] of cases) {
    it(what, () =>
      assert.match(
        Option.getOrElse(advice(error), () => ""),
        about
      )
    )
  }

  const silent: ReadonlyArray<readonly [what: string, error: EsmtpError]> = [
    ["usage", new UsageError({ detail: "detail" })],
    ["unsafe file: its line has the cure", config("Unsafe")],
    ["bad address", inMessage("BadAddress")],
    ["421", connect("ServiceClosing", "mail")],
    ["unknown user", recipients(["a@x", 550, "5.1.1 No such user"])],
    ["spam", message("Refused", 554)],
    ["MDA refuses", mda(exited(67))]
  ]
  for (const [what, error] of silent) {
    it(`has none for ${what}`, () => assert.isTrue(Option.isNone(advice(error))))
  }
})

describe("adviceLines", () => {
  it("says the same once, in one line each", () => {
    const lines = adviceLines([noMda, noMda, message("Refused", 554), queue("NoSpace")])
    assert.strictEqual(lines.length, 2)
    for (const line of lines) assert.match(line, /^esmtp: hint: [ -~]+$/)
  })
})
