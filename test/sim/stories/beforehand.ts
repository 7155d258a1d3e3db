/** What is found out before anybody is connected to: the command line, the configuration, the message. */
import { SysExit } from "../../../src/domain/invocation/SysExit.ts"
import type { Story } from "../support/Story.ts"
import { told } from "./oneStep.ts"

const nobody = { relayed: [], dialogue: [] }

export const beforehandStories: ReadonlyArray<Story> = [
  told("an option that there is not is told of, and nothing is sent", SysExit.Usage, {
    ...nobody,
    argv: ["sendmail", "-2", "bob@example.net"],
    errors: ["invalid option -- '2'"]
  }),
  told("a command without recipients sends nothing", SysExit.Usage, {
    ...nobody,
    argv: ["sendmail"],
    errors: ["Recipient names must be specified"]
  }),
  told("a subcommand's unknown option is a mistake of the command line too", SysExit.Usage, {
    ...nobody,
    argv: ["esmtp", "check", "--colour"],
    errors: ["unrecognized option '--colour' (see 'esmtp check --help')"]
  }),
  told("newaliases has nothing to do", SysExit.Ok, { ...nobody, argv: ["newaliases"] }),
  told("a user without a configuration is told where one is looked for", SysExit.Config, {
    ...nobody,
    noRc: "nothing",
    errors: ["No configuration file found at ~/.esmtprc or ~/none"]
  }),
  told("a configuration that is a directory is not one", SysExit.Config, {
    ...nobody,
    noRc: "directory",
    errors: ["~/.esmtprc: must be a regular file"]
  }),
  told("a configuration that is a link to nowhere can't be read", SysExit.Config, {
    ...nobody,
    noRc: "dangling link",
    errors: ["~/.esmtprc: is a symbolic link that leads nowhere"]
  }),
  told("a configuration that others may write is not believed", SysExit.Config, {
    ...nobody,
    rcMode: 0o666,
    errors: ["~/.esmtprc: mode 0666 lets others than you use it; cure: chmod 600 ~/.esmtprc"]
  }),
  told("a configuration with a misspelt keyword is told of by line and column", SysExit.Config, {
    ...nobody,
    rc: 'hostnam = "smtp.example.org:587"\n',
    errors: ['~/.esmtprc:1:1: unknown keyword "hostnam": did you mean "hostname"?']
  }),
  told("a configuration with an impossible value is told of by line and column", SysExit.Config, {
    ...nobody,
    rc: 'hostname = "smtp.example.org:587"\nstarttls = perhaps\n',
    errors: ['~/.esmtprc:2:12: starttls: found "perhaps", expected disabled, enabled, required or implicit']
  }),
  told("a recipient that is no address stops the message", SysExit.DataError, {
    ...nobody,
    argv: ["sendmail", "bob@@example.net"],
    errors: ['recipient "bob@@example.net": no domain']
  }),
  told("-t without an address in the header sends nothing", SysExit.DataError, {
    ...nobody,
    argv: ["sendmail", "-t"],
    stdin: "Subject: for nobody\n\ntext\n",
    errors: ["No recipients found"]
  }),
  told("a header without an end is no header", SysExit.DataError, {
    ...nobody,
    stdin: `Subject: long\n${" and longer\n".repeat(1_600_000)}\ntext\n`,
    errors: ["header of more than 16777216 octets, or of more than 250000 fields"]
  }),
  told("mail that went round in a circle is stopped", SysExit.DataError, {
    ...nobody,
    stdin: `${"Received: by the same relay again\n".repeat(100)}Subject: round\n\ntext\n`,
    errors: ["100 Received: fields; the message runs in a circle"]
  }),
  told("input that can't be read is no message", SysExit.IoError, {
    ...nobody,
    stdin: { failing: "Unreadable" },
    errors: ["the story's input failed"]
  }),
  told("input that breaks off is not taken for a message", SysExit.TempFail, {
    ...nobody,
    stdin: { failing: "Interrupted" },
    errors: ["the story's input failed"]
  }),
  told("a message that can't be kept until it is sent is not sent", SysExit.IoError, {
    ...nobody,
    noTemporaryFiles: true,
    errors: ["temporary file: ENOENT: no such file or directory, mkdtemp '~/nowhere/esmtp-XXXXXX'"]
  }),
  told("a transcript that can't be written stops the message before it is sent", SysExit.CantCreate, {
    ...nobody,
    argv: ["sendmail", "-X", "/nonexistent/transcript", "bob@example.net"],
    errors: ["/nonexistent/transcript: ENOENT: no such file or directory, open '/nonexistent/transcript'"]
  }),
  told("-bv explains and sends nothing", SysExit.Ok, {
    ...nobody,
    argv: ["sendmail", "-bv", "bob@example.net"],
    output: /smtp\.example\.org:587/
  })
]
