/**
 * From the greeting to the moment when AUTH may begin.
 *
 * Source: RFC 5321 §3.1, §3.2, §4.1.1.1, §4.1.4; RFC 3207 §4 and §6.
 * Deviations: a 554 greeting is a failure to connect like any other; extra octets with the reply to STARTTLS end the
 * session instead of being discarded.
 */
import * as Either from "effect/Either"
import * as Auth from "./AuthPhase.ts"
import * as Command from "./Command.ts"
import {
  after,
  arm,
  armed,
  type DialogueState,
  enter,
  fail,
  note,
  type Step,
  send,
  violate
} from "./DialogueState.ts"
import type { TlsFacts } from "./DialogueTypes.ts"
import { fromReply, none as noExtensions, offers } from "./Extensions.ts"
import type { Reply } from "./Reply.ts"
import { isCompletion, isPermanentRefusal, isRefusal } from "./ReplyClass.ts"
import { allowsHelo, demandsTls, wantsAuth } from "./SessionPolicy.ts"
import { ConnectFailed, TlsFailed } from "./SmtpError.ts"

const hello = (state: DialogueState, verb: "Ehlo" | "Helo"): Step => {
  const stage = verb === "Ehlo" ? "ehlo" : "helo"
  const encode = verb === "Ehlo" ? Command.ehlo : Command.helo
  return Either.match(encode(state.plan.heloName), {
    onLeft: (cause) =>
      fail(state, new ConnectFailed({ peer: state.plan.peer, stage, reason: "HeloNameUnusable", cause })),
    onRight: (command) => send(enter(state, { _tag: verb }), stage, [command])
  })
}

type TlsFailure = Omit<ConstructorParameters<typeof TlsFailed>[0], "peer">

const failTls = (state: DialogueState, failure: TlsFailure): Step =>
  fail(state, new TlsFailed({ peer: state.plan.peer, ...failure }))

/** `opportunistic` bears an unverified certificate as long as nothing secret will be sent. */
const isTolerable = (state: DialogueState, tls: TlsFacts): boolean =>
  tls.unverified === undefined ||
  (state.plan.relay.tls.mode === "opportunistic" && !wantsAuth(state.plan.relay.auth))

const refuseCertificate = (state: DialogueState, { unverified }: TlsFacts): Step =>
  failTls(state, { reason: "Certificate", detail: unverified ?? "certificate not verified" })

export const connected = (state: DialogueState): Step => {
  const { tls, relay } = state.plan
  if (tls !== undefined && !isTolerable(state, tls)) return refuseCertificate(state, tls)
  if (tls === undefined && relay.tls.mode === "implicit") {
    return failTls(state, { reason: "NotOffered", detail: "no TLS on a connection that begins with it" })
  }
  return arm(enter(state, { _tag: "Greeting" }), "greeting")
}

export const onGreeting = (state: DialogueState, reply: Reply): Step => {
  const { peer } = state.plan
  if (isRefusal(reply)) {
    return fail(state, new ConnectFailed({ peer, stage: "greeting", reason: "GreetingRefused", reply }))
  }
  if (reply.code !== 220) return violate(state, "not a greeting", reply)
  const heloOnly = state.plan.heloOnly === true && allowsHelo(state.plan, state.tls)
  return hello(state, heloOnly ? "Helo" : "Ehlo")
}

const goInClear = (state: DialogueState, because: string): Step =>
  after([note({ _tag: "ContinuingInClear", because })], Auth.begin(state))

/** Decides on STARTTLS once, before anything else is said. */
const secure = (state: DialogueState): Step => {
  const { mode } = state.plan.relay.tls
  if (state.tls !== undefined || mode === "disabled") return Auth.begin(state)
  if (offers(state.extensions, "STARTTLS")) {
    return send(enter(state, { _tag: "StartTls" }), "starttls", [Command.startTls])
  }
  return demandsTls(state.plan)
    ? failTls(state, { reason: "NotOffered", detail: "required, and the server does not offer STARTTLS" })
    : goInClear(state, "the server does not offer STARTTLS")
}

const refuseHello = (state: DialogueState, stage: "ehlo" | "helo", reply: Reply): Step =>
  fail(state, new ConnectFailed({ peer: state.plan.peer, stage, reason: "EhloRefused", reply }))

export const onEhlo = (state: DialogueState, reply: Reply): Step => {
  if (isCompletion(reply)) return secure({ ...state, extensions: fromReply(reply) })
  if (!isRefusal(reply)) return violate(state, "not a reply to EHLO", reply)
  return isPermanentRefusal(reply) && allowsHelo(state.plan, state.tls)
    ? hello(state, "Helo")
    : refuseHello(state, "ehlo", reply)
}

export const onHelo = (state: DialogueState, reply: Reply): Step => {
  if (isCompletion(reply)) return secure({ ...state, extensions: noExtensions })
  return isRefusal(reply) ? refuseHello(state, "helo", reply) : violate(state, "not a reply to HELO", reply)
}

export const onStartTls = (state: DialogueState, reply: Reply): Step => {
  if (reply.code === 220) {
    return armed(enter(state, { _tag: "Handshake" }), "tls", { _tag: "StartTls" })
  }
  const { auth } = state.plan.relay
  // A refusal may be forged, and loopback may be the near end of a tunnel: only the user's own word counts here.
  const bears =
    isRefusal(reply) && !demandsTls(state.plan) && (!wantsAuth(auth) || auth.plaintext === "allowed")
  return bears
    ? goInClear(state, "the server refused STARTTLS")
    : failTls(state, { reason: "Refused", detail: "the server refused STARTTLS", reply })
}

/** RFC 3207 §4.2: what was learned in clear is forgotten. */
export const tlsEstablished = (state: DialogueState, tls: TlsFacts): Step => {
  const secured: DialogueState = { ...state, tls, extensions: noExtensions }
  return isTolerable(state, tls) ? hello(secured, "Ehlo") : refuseCertificate(state, tls)
}

export const injected = (state: DialogueState): Step =>
  failTls(state, {
    reason: "Injection",
    detail: "the server (or someone on the way) sent data behind its reply to STARTTLS"
  })
