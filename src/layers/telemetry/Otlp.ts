/**
 * Spans to a collector, by OTLP over HTTP. A collector that does not answer costs the end of the program a moment, and
 * never a message.
 *
 * Source: OpenTelemetry, OTLP exporter specification (environment variables).
 */
import * as OtlpSerialization from "@effect/opentelemetry/OtlpSerialization"
import * as OtlpTracer from "@effect/opentelemetry/OtlpTracer"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Duration from "effect/Duration"
import * as Layer from "effect/Layer"
import { version } from "../../domain/invocation/Version.ts"

/** Of this process. */
export interface OtlpEnvironment {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined
  readonly OTEL_EXPORTER_OTLP_HEADERS?: string | undefined
  readonly OTEL_SERVICE_NAME?: string | undefined
}

const shutdownTimeout = Duration.seconds(2)

/** `key1=value1,key2=value2`, percent-encoded. */
const headersOf = (text: string | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (text ?? "").split(",").flatMap((pair) => {
      const at = pair.indexOf("=")
      return at <= 0 ? [] : [[pair.slice(0, at).trim(), decode(pair.slice(at + 1).trim())]]
    })
  )

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const layer = (env: OtlpEnvironment): Layer.Layer<never> =>
  OtlpTracer.layer({
    url: `${(env.OTEL_EXPORTER_OTLP_ENDPOINT ?? "").replace(/\/+$/, "")}/v1/traces`,
    resource: { serviceName: env.OTEL_SERVICE_NAME ?? "esmtp", serviceVersion: version },
    headers: headersOf(env.OTEL_EXPORTER_OTLP_HEADERS),
    exportInterval: Duration.seconds(1),
    shutdownTimeout
  }).pipe(Layer.provide(Layer.merge(OtlpSerialization.layerJson, FetchHttpClient.layer)))
