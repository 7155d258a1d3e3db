/**
 * A name inside a comma-separated SASL message.
 *
 * Source: RFC 5801 §4 and RFC 5802 §5.1 (`saslname`).
 */
export const saslName = (name: string): string => name.replaceAll("=", "=3D").replaceAll(",", "=2C")
