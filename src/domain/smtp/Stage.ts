/** The steps of a delivery, as they appear in errors, logs and traces. */
export type Stage =
  | "resolve"
  | "connect"
  | "greeting"
  | "ehlo"
  | "helo"
  | "starttls"
  | "tls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "body"
  | "final-dot"
  | "rset"
  | "quit"

/** After this stage a lost connection leaves it unknown whether the server took the message (RFC 1047). */
export const isInDoubt = (stage: Stage): boolean => stage === "final-dot"
