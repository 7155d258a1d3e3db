/** STARTTLS: certificates of all kinds, and where trust is kept. */
import { offering, onlyC, onlyOurs, refused, send, sent, session } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

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
  tls("enabled, and refused, with a password", `starttls enabled\n${account}`, "good", {
    server: { extensions: ["AUTH PLAIN"], answers: { STARTTLS: ["454 later"] } },
    differs: {
      because: tryAgain,
      c: { ...refused(70), commands: [["EHLO client.example", "STARTTLS", "QUIT"]] },
      ours: { ...refused(75), commands: [["EHLO client.example", "STARTTLS"]] }
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

const privateDirectory = ".config/libesmtp/private"

const client = (name: string, file: string, rc: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: send,
  rc: `starttls required\n${rc}\n`,
  files: { [file]: "{client}" },
  certificate: "good",
  wantsClientCertificate: true,
  ...more
})

const unusableStore = {
  differs: {
    because: unusable,
    c: refused(70, { commands: [["EHLO client.example", "QUIT"]] }),
    ours: refused(78)
  }
}

const overTlsOnly = { commands: [overTls] }
const untrusted = { commands: [["EHLO client.example", "STARTTLS", "QUIT"]] }
const bothPlaces = "the documents of C name the one place, its build knows the other: both are read"

export const trustStores: ReadonlyArray<ParityCase> = [
  client("a client certificate", `${privateDirectory}/smtp-starttls.pem`, 'certificate_passphrase "sesame"'),
  client("a client certificate, passphrase", `${privateDirectory}/smtp-starttls.pem`, 'passphrase "sesame"'),
  client("a client certificate for one host", `${privateDirectory}/localhost.pem`, 'passphrase "sesame"'),
  client("no client certificate, where one is wanted", "other.pem", "", {
    differs: {
      because: tryAgain,
      c: { status: 70, messages: [] },
      ours: { status: 75, messages: [] }
    }
  }),
  client("a wrong passphrase", `${privateDirectory}/smtp-starttls.pem`, 'passphrase "x"', unusableStore),
  client(
    "a client certificate that others can read",
    `${privateDirectory}/smtp-starttls.pem`,
    'passphrase "sesame"',
    {
      modes: { [`${privateDirectory}/smtp-starttls.pem`]: 0o640 },
      ...unusableStore
    }
  ),
  tls("XDG_CONFIG_DIR", "starttls required\n", "good", {
    env: { XDG_CONFIG_DIR: "{home}/xdg" },
    files: { [ca]: false, "xdg/libesmtp/ca.pem": "{authority}" }
  }),
  tls("XDG_CONFIG_HOME", "starttls required\n", "good", {
    env: { XDG_CONFIG_HOME: "{home}/xdg" },
    files: { [ca]: false, "xdg/libesmtp/ca.pem": "{authority}" },
    differs: onlyOurs("the manual of C names this variable, and C reads another", 70, overTlsOnly, untrusted)
  }),
  tls("the old ~/.authenticate", "starttls required\n", "good", {
    files: { [ca]: false, ".authenticate/ca.pem": "{authority}" },
    differs: onlyOurs(bothPlaces, 70, overTlsOnly, untrusted)
  }),
  tls("the old ~/.authenticate for a host", "starttls required\npassphrase sesame\n", "good", {
    files: {
      [ca]: false,
      ".authenticate/ca.pem": "{authority}",
      ".authenticate/localhost/private/smtp-starttls.pem": "{client}"
    },
    wantsClientCertificate: true,
    differs: onlyOurs(bothPlaces, 70, overTlsOnly, { commands: [["EHLO client.example", "STARTTLS"]] })
  }),
  tls("no trust store", "starttls required\n", "good", {
    files: { [ca]: false },
    differs: {
      because: closes,
      c: refused(70, untrusted),
      ours: refused(77, { commands: [["EHLO client.example", "STARTTLS"]] })
    }
  })
]
