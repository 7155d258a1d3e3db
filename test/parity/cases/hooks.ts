/** `preconnect` and `postconnect`. */
import { from, nothing, refused, send, sent } from "../support/outcomes.ts"
import type { ParityCase } from "../support/ParityCase.ts"

const pre = 'preconnect "echo pre >>{home}/hooks"\n'
const post = 'postconnect "echo post >>{home}/hooks"\n'

const hook = (name: string, rc: string, more: Partial<ParityCase> = {}): ParityCase => ({
  name,
  args: send,
  rc: `${rc}\n`,
  ...more
})

const later = "the cause is outside, and the next try may find it gone"

export const hooks: ReadonlyArray<ParityCase> = [
  hook("preconnect", pre),
  hook("postconnect", post),
  hook("both, with -v", `starttls disabled\n${pre}${post}`, { args: ["-v", ...send] }),
  hook("a command for the shell", 'preconnect "echo a b | tr ab cd >>{home}/hooks; echo e >>{home}/hooks"'),
  hook("hooks of an identity that is not chosen", `identity x@example.org\nhost x\n${pre}`),
  hook("a local recipient alone", `mda "{home}/bin/mda %T"\n${pre}${post}`, { args: [...from, "joe"] }),
  hook("postconnect where the message was refused", `${post}`, {
    server: { answers: { "end-of-data": ["550 no"] } },
    differs: {
      because: "the status tells that it was refused for good",
      c: { status: 70, messages: [], hooks: "" },
      ours: { status: 69, messages: [], hooks: "" }
    }
  }),
  ...["exit 3", "/nonexistent/x", "kill -INT $$"].map((command) =>
    hook(`preconnect "${command}"`, `preconnect "${command}"`, {
      differs: { because: later, c: refused(70), ours: refused(75) }
    })
  ),
  hook('preconnect "kill -TERM $$"', 'preconnect "kill -TERM $$"', {
    differs: {
      because: "a command that was killed did not do its work, whatever the signal",
      c: sent(),
      ours: { ...nothing, status: 75, complains: true }
    }
  }),
  hook("a failing postconnect", 'postconnect "exit 3"', {
    differs: {
      because: "the message is delivered; a status that says otherwise invites a second one",
      c: { status: 70 },
      ours: { status: 0 }
    }
  }),
  hook("output of a hook", 'preconnect "echo hello"', {
    differs: {
      because: "standard output is for what was asked for",
      c: { stdout: "hello\n", complains: false },
      ours: { stdout: "", complains: true }
    }
  })
]
