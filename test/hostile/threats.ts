/**
 * What strangers, files and neighbours may do to us: an id for each, by which the tests name what they hold against.
 *
 * T: TLS and downgrade; C: certificates; A: authentication; S: smuggling and injection; H: hostile or broken servers;
 * L: the local machine.
 */

/** Id, and what happens. */
export type Threat = readonly [id: string, what: string]

const tls: ReadonlyArray<Threat> = [
  ["T1", "whole lines behind the reply to STARTTLS, in the same segment"],
  ["T2", "the beginning of a line behind the reply to STARTTLS"],
  ["T3", "clear text between the reply to STARTTLS and the handshake"],
  ["T4", "STARTTLS cut out of the capabilities"],
  ["T5", "STARTTLS answered by anything but 220"],
  ["T6", "a handshake that fails where TLS was optional"],
  ["T7", "capabilities that were offered in clear and are not inside TLS"],
  ["T8", "STARTTLS offered again inside TLS"],
  ["T9", "replies behind the greeting that look like those to later commands"],
  ["T10", "passwords asked for in clear"],
  ["T11", "TLS cut off, without its farewell, before the reply to the message"],
  ["T12", "old versions and weak ciphers"],
  ["T13", "another protocol inside TLS"],
  ["T14", "a client certificate that is demanded and missing, or a key that can't be opened"]
]

const certificates: ReadonlyArray<Threat> = [
  ["C1", "the host in the common name alone"],
  ["C2", "a wildcard for part of a label, in the middle, or for everything"],
  ["C3", "a wildcard that reaches over more, or fewer, labels than one"],
  ["C4", "alternative names of others beside the right common name"],
  ["C5", "NUL inside a name"],
  ["C6", "names that begin or end like the host"],
  ["C7", "addresses as host, in each place of the certificate"],
  ["C8", "a host in its own script, in upper case, with a trailing dot"],
  ["C9", "a weak key"],
  ["C10", "a weak signature"],
  ["C11", "expired, and not yet valid"],
  ["C12", "self-signed, and of an authority that nobody knows"],
  ["C13", "a chain with a gap, or in the wrong order"],
  ["C14", "issuers that must not issue: expired, no authority, path too long, name out of bounds"],
  ["C15", "a certificate for another use"],
  ["C16", "revoked; revocation lists that are old or missing"],
  ["C17", "a fingerprint that matches or does not, against the verdict on the chain"],
  ["C18", "the certificate itself in the trust store"],
  ["C19", "a hundred certificates; thousands of names"],
  ["C20", "the name told to the server (SNI)"],
  ["C21", "a default trust store whose verdict nobody reads"],
  ["C22", "verification given up without a word"]
]

const authentication: ReadonlyArray<Threat> = [
  ["A1", "every way to refuse a login: for good, for now, for policy"],
  ["A2", "challenges that are no base64, empty, too long, or never end"],
  ["A3", "SCRAM: foreign nonce, iteration counts, forged signature, error, binding stripped"],
  ["A4", "user names and passwords with NUL, beyond ASCII, or very long"],
  ["A5", "lists of mechanisms in any order, unknown ones, the old spelling"],
  ["A6", "NTLM messages whose lengths and offsets point outside"],
  ["A7", "a server that repeats the password"],
  ["A8", "a first response too long for a command line"]
]

const smuggling: ReadonlyArray<Threat> = [
  ["S1", "line ends and dots that one server takes for the end of a message and another does not"],
  ["S2", "CR that stands alone"],
  ["S3", "NUL"],
  ["S4", "lines longer than 998 octets, up to megabytes"],
  ["S5", "line ends, NUL and brackets in whatever becomes part of a command"],
  ["S6", "parameters that need xtext"],
  ["S7", "line ends and specials in names that become a header field"],
  ["S8", "Bcc in every spelling"],
  ["S9", "long argument lists, ten thousand recipients, huge headers"],
  ["S10", "a dot on a line of its own in the input"]
]

const servers: ReadonlyArray<Threat> = [
  ["H1", "reply lines of any length"],
  ["H2", "replies that never end"],
  ["H3", "replies that come an octet at a time, each just in time"],
  ["H4", "connections that close, break or half-close before anything is said"],
  ["H5", "replies that are not quite replies"],
  ["H6", "a reply whose lines have different codes"],
  ["H7", "replies cut at every octet, or all in one segment"],
  ["H8", "talk that nobody asked for"],
  ["H9", "421 at any stage"],
  ["H10", "a greeting of 554"],
  ["H11", "EHLO refused, or answered by hanging up"],
  ["H12", "capabilities: ten thousand, repeated, misspelt, out of range"],
  ["H13", "a message larger than the server takes"],
  ["H14", "recipients accepted, refused and put off, in any mixture"],
  ["H15", "354 although every recipient was refused"],
  ["H16", "one reply too few or too many in a pipelined group"],
  ["H17", "success and go-ahead in each other's place"],
  ["H18", "a server that is rude after it took the message"],
  ["H19", "a connection that ends between the final dot and its reply"],
  ["H20", "a refusal in the middle of a message, then the end of the connection"],
  ["H21", "a server that stops reading"],
  ["H22", "8-bit text for a server that takes none"],
  ["H23", "addresses beyond ASCII for a server that takes none"],
  ["H24", "delivery notifications asked of a server that knows none"],
  ["H25", "an enhanced status that contradicts its reply"],
  ["H26", "reply text that would be more than text where it is shown"],
  ["H27", "name servers that fail, addresses that are dead"],
  ["H28", "mail that runs in a circle"]
]

const machine: ReadonlyArray<Threat> = [
  ["L1", "a configuration that others can read, write or replace"],
  ["L2", "secrets in process lists, environments, listings and files"],
  ["L3", "secrets in transcripts"],
  ["L4", "addresses that a shell would run"],
  ["L5", "addresses that look like options"],
  ["L6", "more rights than the caller has"],
  ["L7", "an environment made to weaken us or our children"],
  ["L8", "any umask; spools and files made by others"],
  ["L9", "links, FIFOs and directories where files should be"],
  ["L10", "temporary files that others could guess"],
  ["L11", "line ends and terminal controls in logs and listings"],
  ["L12", "core files, heap dumps and reports of a process that knows a secret"],
  ["L13", "private keys that others can read"],
  ["L14", "standard descriptors that are closed"],
  ["L15", "input that is closed, a directory, a terminal, or cut off"],
  ["L16", "signals at any time"],
  ["L17", "commands of the configuration: their output, their time, their children"],
  ["L19", "delivery agents that fail, hang, die or stop reading"],
  ["L18", "a background process that holds what its caller waits for"],
  ["L20", "the form that a delivery agent gets a message in"],
  ["L21", "dependencies, their scripts, and what is in the package"]
]

export const threats: ReadonlyArray<Threat> = [
  ...tls,
  ...certificates,
  ...authentication,
  ...smuggling,
  ...servers,
  ...machine
]
