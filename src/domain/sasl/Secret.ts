/**
 * Credentials in the form a mechanism sends or digests them.
 *
 * Source: RFC 4616 §2 (NUL), RFC 4013, RFC 5802 §5.1.
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { type Credentials, SaslProblem } from "./Sasl.ts"
import { saslPrep } from "./SaslPrep.ts"

type Part = "user name" | "password" | "access token"

export interface Login {
  readonly username: string
  readonly password: string
}

const unfit = (part: Part, why: string) =>
  new SaslProblem({ reason: "BadCredentials", detail: `${part} ${why}` })

const withoutNul = (part: Part, text: string | undefined): Either.Either<string, SaslProblem> => {
  if (text === undefined || text === "") return Either.left(unfit(part, "missing"))
  return text.includes("\0") ? Either.left(unfit(part, "contains NUL")) : Either.right(text)
}

/**
 * For mechanisms that leave preparation to the server (PLAIN, LOGIN, CRAM-MD5): prepared where SASLprep has a result, else
 * as written, for the server stores what its user typed and alone can judge.
 */
const prepared = (part: Part, text: string | undefined): Either.Either<string, SaslProblem> =>
  Either.map(withoutNul(part, text), (given) => Either.getOrElse(saslPrep(given), () => given))

/** For mechanisms that demand preparation (SCRAM). */
const strictlyPrepared = (part: Part, text: string | undefined): Either.Either<string, SaslProblem> =>
  Either.gen(function* () {
    const given = yield* withoutNul(part, text)
    const result = yield* Either.mapLeft(saslPrep(given), (fault) =>
      unfit(
        part,
        fault === "Prohibited" ? "has a character that SASLprep prohibits" : "mixes writing directions"
      )
    )
    return yield* withoutNul(part, result)
  })

const passwordOf = ({ password }: Credentials): string | undefined =>
  password === undefined ? undefined : Redacted.value(password)

export const isGiven = (text: string | undefined): boolean => text !== undefined && text !== ""

export const hasLogin = (credentials: Credentials): boolean =>
  isGiven(credentials.username) && isGiven(passwordOf(credentials))

export const hasToken = ({ token }: Credentials): boolean =>
  token !== undefined && isGiven(Redacted.value(token))

export const login = (credentials: Credentials): Either.Either<Login, SaslProblem> =>
  Either.all({
    username: prepared("user name", credentials.username),
    password: prepared("password", passwordOf(credentials))
  })

export const strictLogin = (credentials: Credentials): Either.Either<Login, SaslProblem> =>
  Either.all({
    username: strictlyPrepared("user name", credentials.username),
    password: strictlyPrepared("password", passwordOf(credentials))
  })

/** Unprepared, for mechanisms with rules of their own (NTLM). */
export const verbatimLogin = (credentials: Credentials): Either.Either<Login, SaslProblem> =>
  Either.all({
    username: withoutNul("user name", credentials.username),
    password: withoutNul("password", passwordOf(credentials))
  })

/** For messages whose fields end with a control character. */
export const fieldUsername = ({ username }: Credentials): Either.Either<string, SaslProblem> =>
  Either.filterOrLeft(
    prepared("user name", username),
    (name) => !Array.from(name).some((character) => character < " "),
    () => unfit("user name", "contains a control character")
  )

/** Empty if there is none. */
export const authorizationIdentity = ({ username }: Credentials): Either.Either<string, SaslProblem> =>
  username === undefined || username === "" ? Either.right("") : fieldUsername({ username })

/** RFC 6750 §2.1 `b64token`: nothing in it can end a field of an OAuth message. */
export const bearerToken = ({ token }: Credentials): Either.Either<string, SaslProblem> => {
  const text = token === undefined ? undefined : Redacted.value(token)
  if (text === undefined || text === "") return Either.left(unfit("access token", "missing"))
  return /^[\x21-\x7e]+$/.test(text)
    ? Either.right(text)
    : Either.left(unfit("access token", "contains a blank, control or non-ASCII character"))
}
