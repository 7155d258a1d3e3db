/** What tests of SASL say often. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type { SaslProblem } from "../../../src/domain/sasl/Sasl.ts"

export const text = (octets: Uint8Array | undefined): string =>
  octets === undefined ? "(none)" : Buffer.from(octets).toString("utf8")

export const hex = (octets: Uint8Array): string => Buffer.from(octets).toString("hex")

export const fromHex = (digits: string): Uint8Array =>
  Uint8Array.from(Buffer.from(digits.replaceAll(/\s/g, ""), "hex"))

export const octets = (value: Option.Option<Uint8Array>): Uint8Array => Option.getOrThrow(value)

export const problemOf = (result: Either.Either<unknown, SaslProblem>): SaslProblem =>
  Either.getOrThrow(Either.flip(result))
