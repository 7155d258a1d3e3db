import { assert, describe, it } from "@effect/vitest"
import { ofHook, ofMda, ofSecretCommand, systemPath } from "../../../src/layers/mda/Environment.ts"

const account = { userName: "joe", home: "/home/joe" }

/** Each of these lets somebody else's code run, or somebody else read. */
const dangerous = {
  LD_PRELOAD: "x",
  LD_LIBRARY_PATH: "x",
  DYLD_INSERT_LIBRARIES: "x",
  NODE_OPTIONS: "x",
  NODE_EXTRA_CA_CERTS: "x",
  NODE_TLS_REJECT_UNAUTHORIZED: "0",
  BASH_ENV: "x",
  ENV: "x",
  IFS: "x",
  PS4: "x",
  PERL5LIB: "x",
  PERL5OPT: "x",
  PYTHONPATH: "x",
  RUBYOPT: "x",
  SSLKEYLOGFILE: "x",
  "BASH_FUNC_cat%%": "() { id; }"
}

const desktop = {
  HOME: "/elsewhere",
  USER: "mallory",
  PATH: "/home/joe/bin:.::relative:/usr/bin",
  LANG: "de_DE.UTF-8",
  TZ: "Europe/Berlin",
  GNUPGHOME: "/home/joe/.gnupg2",
  GPG_TTY: "/dev/pts/1",
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/user/1000/bus",
  XDG_RUNTIME_DIR: "/run/user/1000",
  PASSWORD_STORE_DIR: "/home/joe/store",
  WAYLAND_DISPLAY: "wayland-0",
  SSH_AUTH_SOCK: "/run/agent",
  MY_OWN: "thing",
  EMPTY: undefined
}

describe("the environment of a child", () => {
  it("is fixed for the MDA (L7)", () => {
    assert.deepStrictEqual(ofMda({ ...desktop, ...dangerous }, account, "me@x", ["bob"]), {
      HOME: "/home/joe",
      USER: "joe",
      LOGNAME: "joe",
      SHELL: "/bin/sh",
      PATH: systemPath,
      LANG: "de_DE.UTF-8",
      TZ: "Europe/Berlin",
      SENDER: "me@x",
      RECIPIENT: "bob"
    })
  })

  it("names the recipient to the MDA only if there is one", () => {
    assert.notProperty(ofMda({}, account, "", ["a", "b"]), "RECIPIENT")
    assert.deepInclude(ofMda({}, { userName: "joe" }, "", ["a"]), { HOME: "/", SENDER: "" })
  })

  it("lets a password command find its store, agent and keyring, and nothing else (L7, L17)", () => {
    const variables = ofSecretCommand({ ...desktop, ...dangerous }, account)
    for (const name of [
      "GNUPGHOME",
      "GPG_TTY",
      "DBUS_SESSION_BUS_ADDRESS",
      "XDG_RUNTIME_DIR",
      "PASSWORD_STORE_DIR"
    ] as const) {
      assert.strictEqual(variables[name], desktop[name])
    }
    assert.deepInclude(variables, { WAYLAND_DISPLAY: "wayland-0", SSH_AUTH_SOCK: "/run/agent" })
    for (const name of ["MY_OWN", "EMPTY", ...Object.keys(dangerous)]) assert.notProperty(variables, name)
  })

  it("gives a hook what it had in C, without what runs other code (L7)", () => {
    const variables = ofHook({ ...desktop, ...dangerous }, account)
    assert.deepInclude(variables, { MY_OWN: "thing", GPG_TTY: "/dev/pts/1", HOME: "/home/joe", USER: "joe" })
    for (const name of Object.keys(dangerous)) assert.notProperty(variables, name)
  })

  it("never searches the working directory for a program", () => {
    assert.strictEqual(ofHook(desktop, account)["PATH"], "/home/joe/bin:/usr/bin")
    assert.strictEqual(ofSecretCommand({ PATH: "." }, account)["PATH"], systemPath)
    assert.strictEqual(ofSecretCommand({}, account)["PATH"], systemPath)
  })
})
