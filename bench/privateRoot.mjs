/**
 * A view of the system, for this process and its children alone, in which other mail programs are installed. Whatever
 * they leave running ends with it.
 *
 * Their Debian packages are unpacked into `.parts/bench/`. In a mount namespace of its own, `/usr` shows them beside
 * the system's programs, and `/etc` and `/var` take what they write; the system itself is left as it is. Needs root, and
 * apt for what is not unpacked yet.
 */
import { spawn, spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { repository } from "./clients/client.mjs"

const packagesFile = fileURLToPath(new URL("./packages", import.meta.url))
const unpacked = path.join(repository, ".parts/bench")

/** @param {string} file @param {ReadonlyArray<string>} args @param {string} [cwd] */
const call = (file, args, cwd) => {
  const { status, stderr, error } = spawnSync(file, [...args], { encoding: "utf8", cwd: cwd ?? "/" })
  if (status !== 0) throw new Error(`${file} ${args.join(" ")}: ${error?.message ?? stderr.trim()}`)
}

/** @param {string} name @param {string} scratch */
const unpack = (name, scratch) => {
  const download = path.join(scratch, name)
  fs.mkdirSync(download)
  fs.chmodSync(download, 0o777)
  call("apt-get", ["-qq", "download", name], download)
  const [archive = ""] = fs.readdirSync(download)
  call("dpkg", ["-x", path.join(download, archive), unpacked])
  fs.writeFileSync(path.join(unpacked, `.${name}`), "")
}

/** What can't be had is told, and its program will be missing. @param {string} scratch @param {(text: string) => void} say */
const unpackPackages = (scratch, say) => {
  fs.mkdirSync(unpacked, { recursive: true })
  for (const name of fs.readFileSync(packagesFile, "utf8").split("\n").filter(Boolean)) {
    if (fs.existsSync(path.join(unpacked, `.${name}`))) continue
    try {
      unpack(name, scratch)
    } catch (error) {
      say(`not unpacked: ${name}: ${error instanceof Error ? error.message : error}`)
    }
  }
  // Whoever measures is root already, and nobody else should be.
  call("chmod", ["-R", "u-s,g-s", unpacked])
}

const accounts = {
  passwd:
    "opensmtpd:x:880:880::/var/lib/opensmtpd/empty:/bin/false\nopensmtpq:x:881:881::/var/lib/opensmtpd/empty:/bin/false\n",
  group: "opensmtpd:x:880:\nopensmtpq:x:881:\n"
}

/** @param {string} place @param {string} lower @param {string} scratch */
const overlay = (place, lower, scratch) => {
  const upper = path.join(scratch, `${place}-upper`)
  const work = path.join(scratch, `${place}-work`)
  fs.mkdirSync(upper, { mode: 0o755 })
  fs.mkdirSync(work)
  call("mount", [
    "-t",
    "overlay",
    "bench",
    "-o",
    `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
    `/${place}`
  ])
}

/** Inside the namespace. The system's own files go before those of the packages. @param {string} scratch */
const furnish = (scratch) => {
  call("mount", ["-t", "overlay", "bench", "-o", `lowerdir=/usr:${unpacked}/usr`, "/usr"])
  overlay("etc", `/etc:${unpacked}/etc`, scratch)
  overlay("var", "/var", scratch)
  call("mount", ["-t", "tmpfs", "bench", "/run"])
  for (const [name, lines] of Object.entries(accounts)) fs.appendFileSync(`/etc/${name}`, lines)
  fs.mkdirSync("/var/lib/opensmtpd/empty", { recursive: true })
}

const insideVariable = "ESMTP_BENCH_INSIDE"

export const isFurnished = () => process.env[insideVariable] !== undefined

/** Starts this very program again inside, where it calls `furnish`. @param {string} scratch @returns {Promise<number>} its status */
const repeatInside = (scratch) =>
  new Promise((resolve, reject) => {
    const args = [
      "--mount",
      "--propagation",
      "private",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc"
    ].concat(process.execPath, process.argv.slice(1))
    const env = { ...process.env, [insideVariable]: scratch }
    const child = spawn("unshare", args, { stdio: "inherit", env })
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM"]))
      process.once(signal, () => child.kill("SIGKILL"))
    child.once("error", reject).once("exit", (status) => resolve(status ?? 1))
  })

/**
 * False: go on and measure, inside if that is possible. True: it has been done inside.
 * @param {(text: string) => void} say
 */
export const movedInside = async (say) => {
  const given = process.env[insideVariable]
  if (given !== undefined) furnish(given)
  if (given !== undefined || process.getuid?.() !== 0) return false
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "esmtp-bench-root-"))
  fs.chmodSync(scratch, 0o755)
  try {
    unpackPackages(scratch, say)
    process.exitCode = await repeatInside(scratch)
    return true
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}
