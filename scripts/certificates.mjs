/** A certificate authority of a moment, and a server certificate signed by it, made with nothing but Node and npm. */
import { generate } from "selfsigned"

const lifetimeMillis = 24 * 3600 * 1000

/** A certificate for `localhost`, 127.0.0.1 and ::1, in PEM, with the authority to trust. */
export const makeCertificates = async () => {
  const now = Date.now()
  const validity = {
    notBeforeDate: new Date(now - 3600 * 1000),
    notAfterDate: new Date(now + lifetimeMillis),
    keySize: 2048,
    algorithm: "sha256"
  }
  const authority = await generate([{ name: "commonName", value: "esmtp demonstration authority" }], {
    ...validity,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true }
    ]
  })
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" }
        ]
      }
    ]
  })
  return { authority: authority.cert, certificate: server.cert, key: server.private }
}
