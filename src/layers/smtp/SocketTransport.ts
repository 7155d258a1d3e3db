/** Sessions with a relay over TCP and TLS sockets. */
import * as Layer from "effect/Layer"
import * as DialledTransport from "./DialledTransport.ts"
import * as SocketDialer from "./SocketDialer.ts"

/** `options` are for tests; the program uses `layer`. */
export const layerWith = (options: SocketDialer.SocketDialerOptions) =>
  Layer.provide(DialledTransport.layer, SocketDialer.layerWith(options))

export const layer = layerWith({})
