/** This machine: the MDA, the queue's disk, and our own defects. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { QueueFailed } from "../../../src/domain/queue/QueueError.ts"
import { answering, plainRc, type Story } from "../support/Story.ts"
import { told } from "./oneStep.ts"

const withMda = `mda = "/usr/bin/procmail -d %T"\n${plainRc}`
const toBob = ["sendmail", "bob"]
const toBoth = ["sendmail", "bob", "carol@example.net"]

const diskFails = (reason: QueueFailed["reason"], name: string, status: SysExit): Story =>
  told(name, status, {
    argv: ["sendmail", "-odq", "bob@example.net"],
    queueFaults: [{ reason }],
    relayed: [],
    errors: [`queue: enqueue queue: simulated ${reason}`]
  })

export const machineStories: ReadonlyArray<Story> = [
  told("a user of this machine gets his mail from the MDA", SysExit.Ok, {
    argv: toBob,
    rc: withMda,
    local: [["bob"]],
    dialogue: []
  }),
  told("local and remote recipients each get theirs", SysExit.Ok, {
    argv: toBoth,
    rc: withMda,
    local: [["bob"]],
    relayed: [["carol@example.net"]]
  }),
  told("a refusing relay does not keep the local recipient waiting", SysExit.NoUser, {
    argv: toBoth,
    rc: withMda,
    relay: answering("rcpt", "550 5.1.1 No such user"),
    local: [["bob"]],
    relayed: [],
    errors: ["recipient <carol@example.net> refused by smtp.example.org:587 (rcpt): 550 5.1.1 No such user"]
  }),
  told("without an MDA there is no local delivery", SysExit.OsFile, {
    argv: toBob,
    errors: ["<bob>: Local delivery not possible without a MDA"]
  }),
  told("a recipient that a command line can't hold is not given to one", SysExit.DataError, {
    argv: ["sendmail", "bob$(reboot)"],
    rc: `mda = "/bin/sh -c '/usr/bin/procmail -d %T'"\n${plainRc}`,
    local: [],
    errors: ["<bob$>: recipient not fit for the command line of the MDA"]
  }),
  told("an MDA that asks for patience is for later", SysExit.TempFail, {
    argv: toBob,
    rc: withMda,
    mda: [{ end: { _tag: "Exited", status: 75 } }],
    errors: ["<bob>: MDA returned nonzero status 75 (mda): /usr/bin/procmail -d 'bob'"]
  }),
  told("an MDA that knows no such user says so", SysExit.NoUser, {
    argv: toBob,
    rc: withMda,
    mda: [{ times: 1, end: { _tag: "Exited", status: 67 } }],
    errors: ["<bob>: MDA returned nonzero status 67 (mda): /usr/bin/procmail -d 'bob'"]
  }),
  told("an MDA that can't be started is the machine's fault", SysExit.OsError, {
    argv: toBob,
    rc: withMda,
    mda: [{ end: { _tag: "NotStarted", detail: "no such program" } }],
    errors: ["<bob>: Failed to connect to MDA: no such program (mda): /usr/bin/procmail -d 'bob'"]
  }),
  told("a message is safe in the queue before the caller goes on", SysExit.Ok, {
    argv: ["sendmail", "-odq", "bob@example.net"],
    dialogue: [],
    queue: ["queued <ada@example.org> bob@example.net=pending"]
  }),
  diskFails("NoSpace", "a full disk is for later", SysExit.TempFail),
  diskFails("Permission", "a queue that may not be written is told of", SysExit.CantCreate),
  diskFails("Corrupt", "a damaged queue is told of", SysExit.IoError),
  diskFails("Unsafe", "a queue that others could change is not used", SysExit.NoPermission),
  diskFails("Io", "a failing disk is told of", SysExit.IoError),
  diskFails("Unsupported", "a file system that can't keep promises is not used", SysExit.Config),
  diskFails("NotFound", "an entry that vanished is told of", SysExit.NoInput),
  told("an id that is none names no mail", SysExit.NoInput, {
    argv: ["esmtp", "queue", "hold", "nonsense"],
    errors: ["queue: find nonsense: no such mail"]
  }),
  told("a defect of ours is no fault of the mail's", SysExit.Software, {
    argv: ["sendmail", "-odq", "bob@example.net"],
    hasDefect: true,
    relayed: []
  }),
  told("an empty queue is listed as such", SysExit.Ok, {
    argv: ["mailq"],
    output: /^Mail queue is empty\n$/
  }),
  told("delivering an empty queue leaves nothing", SysExit.Ok, { argv: ["deliver"], dialogue: [] })
]
