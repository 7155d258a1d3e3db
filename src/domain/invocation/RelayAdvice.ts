/**
 * What a person can do about a relay that does not take mail. Fixed texts: nothing from a server is in them.
 *
 * Source: RFC 8314 §3 (ports and TLS), RFC 4954 §6; what providers ask for.
 */
import { demandsAuthentication } from "../queue/Severity.ts"
import type { Reply } from "../smtp/Reply.ts"
import type {
  AuthFailed,
  ConnectFailed,
  MessageRejected,
  Peer,
  SessionTimedOut,
  SmtpError,
  TlsFailed
} from "../smtp/SmtpError.ts"

type Advice = string | undefined

const useImplicitTls = "port 465 speaks TLS from the first byte: set tls = implicit"
const useSubmissionPort = "submission has port 587, or 465 with tls = implicit: see hostname in esmtprc(5)"
const useStartTls = "set tls = required"
const giveCredentials = "set username and password, or password_command, for this identity"

const isImplicitTlsPort = ({ service }: Peer): boolean => ["465", "smtps", "submissions"].includes(service)

const isRelayPort = ({ service }: Peer): boolean => service === "25" || service === "smtp"

const wordsOf = (reply: Reply | undefined): string => (reply?.lines ?? []).join(" ").toLowerCase()

const ofConnect = ({ peer, stage, reason }: ConnectFailed): Advice => {
  switch (reason) {
    case "NameNotFound":
      return "check hostname in the configuration, and whether the network is up"
    case "NameLookupFailed":
    case "Unreachable":
      return isRelayPort(peer)
        ? "check whether the network is up; many networks block port 25, use 587 or 465"
        : "check whether the network is up"
    case "ServiceUnknown":
      return "write the port as a number: hostname = host:587"
    case "Refused":
      return isRelayPort(peer)
        ? `nothing listens there, or port 25 is blocked: ${useSubmissionPort}`
        : useSubmissionPort
    case "Lost":
      return stage === "greeting" && isImplicitTlsPort(peer) ? useImplicitTls : undefined
    case "GreetingRefused":
      return isRelayPort(peer)
        ? `the relay wants no mail from this network there: ${useSubmissionPort}`
        : undefined
    case "EhloRefused":
    case "HeloNameUnusable":
      return "set helo to the full name of this machine"
    case "ServiceClosing":
      return undefined
  }
}

const ofCertificate = (detail: string): Advice => {
  if (/expired|not yet valid/i.test(detail))
    return "check the clock of this machine; else the relay's administrator must act"
  if (/fingerprint/i.test(detail))
    return "the relay has another certificate now: find out why before changing tls_fingerprint"
  if (/self.?signed|issuer|unable to|unknown ca|chain/i.test(detail)) {
    return "name its CA with tls_ca_file, or pin the certificate with tls_fingerprint"
  }
  if (/name|host/i.test(detail)) return "write in hostname a name that the certificate holds"
  return "see tls_ca_file and tls_fingerprint in esmtprc(5)"
}

const ofTls = ({ peer, reason, detail }: TlsFailed): Advice => {
  switch (reason) {
    case "NotOffered":
      return isRelayPort(peer) ? useSubmissionPort : "the relay may have TLS on port 465, with tls = implicit"
    case "Refused":
      return "try again; if it goes on, the relay's administrator must act"
    case "Injection":
      return "somebody may be tampering with the connection: try from another network"
    case "Handshake":
      if (/wrong version|packet length|not ssl/i.test(detail)) {
        return `this port does not speak TLS from the first byte: ${useStartTls}, on port 587`
      }
      return /alert|certificate required/i.test(detail)
        ? "the relay may want a client certificate: see tls_certificate and tls_key in esmtprc(5)"
        : undefined
    case "Certificate":
      return ofCertificate(detail)
    case "Store":
      return "the files must be yours, with mode 0600, their directories 0700"
  }
}

const ofRejectedLogin = ({ host }: Peer): string => {
  if (/(?:^|\.)(?:gmail|google|googlemail)\.com$/i.test(host)) {
    return "Google takes an app password, not the password of the account; or OAuth: see oauth2_token_command"
  }
  if (/(?:^|\.)(?:outlook|office365|hotmail|live)\.com$/i.test(host)) {
    return "Microsoft takes no password here: set oauth2_token_command and auth = XOAUTH2"
  }
  return "check username and password; many providers want an app password made for mail programs"
}

const ofAuth = ({ peer, reason }: AuthFailed): Advice => {
  switch (reason) {
    case "Rejected":
      return ofRejectedLogin(peer)
    case "MechanismUnusable":
      return "'esmtp check' shows what the relay offers: set auth to one of it, or to auto"
    case "NotOffered":
      return `AUTH may be offered only after STARTTLS: ${useStartTls}; a relay without AUTH wants no username`
    case "PlaintextRefused":
      return `${useStartTls}; or, if you must, plaintext_auth = allowed`
    case "NoCredentials":
      return giveCredentials
    case "ServerUnverified":
      return "the server does not know the password, so it may not be your relay: do not send it one"
    case "Unavailable":
    case "BadChallenge":
      return undefined
  }
}

/** What a refusal of MAIL, RCPT or the message asks for. */
const ofRefusal = (reply: Reply | undefined, otherwise: Advice): Advice => {
  const words = wordsOf(reply)
  if (/must issue .*starttls|requires? (?:tls|encryption)|starttls first/.test(words)) return useStartTls
  if ((reply !== undefined && demandsAuthentication(reply)) || /authenticat|log ?in|relay/.test(words)) {
    return `the relay takes mail only from its users: ${giveCredentials}`
  }
  if (/gr[ea]y ?-?list/.test(words))
    return "greylisting: try again in some minutes; delivery_mode = queue does that by itself"
  return otherwise
}

const ofMessageRejected = ({ reason, reply }: MessageRejected): Advice => {
  switch (reason) {
    case "Refused":
      return ofRefusal(reply, undefined)
    case "EightBitUnsupported":
      return "send it in quoted-printable or base64"
    case "OtherRecipientRefused":
      return "require_all_recipients = no delivers to the others"
    case "TooLarge":
    case "Utf8Unsupported":
    case "Unsendable":
      return undefined
  }
}

const ofTimeout = ({ peer, stage }: SessionTimedOut): Advice => {
  if (stage === "greeting" && isImplicitTlsPort(peer)) return useImplicitTls
  if (stage === "connect") return `a firewall may drop the connection: ${useSubmissionPort}`
  return undefined
}

/** Undefined where the failure says itself what to do. */
export const relayAdvice = (error: SmtpError): Advice => {
  switch (error._tag) {
    case "ConnectFailed":
      return ofConnect(error)
    case "TlsFailed":
      return ofTls(error)
    case "AuthFailed":
      return ofAuth(error)
    case "SenderRejected":
      return ofRefusal(
        error.reply,
        "the relay may want a sender address that belongs to the account: -f, or identity"
      )
    case "RecipientsRejected":
      return ofRefusal(error.rejected[0]?.reply, undefined)
    case "MessageRejected":
      return ofMessageRejected(error)
    case "ProtocolViolation":
      return "check host and port: that may be no SMTP server"
    case "SessionTimedOut":
      return ofTimeout(error)
  }
}
