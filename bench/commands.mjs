/** Runs what is measured, and takes its time, its processor time and its memory. */
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { now } from "./network.mjs"

/**
 * @typedef {object} Command
 * @property {string} file
 * @property {ReadonlyArray<string>} args
 * @property {Readonly<Record<string, string>>} [env] besides PATH and LANG
 */

/**
 * @typedef {object} Timing
 * @property {number} wallMillis
 * @property {number} cpuMillis of the process and its children that it waited for
 * @property {number} startedAt as `now` tells it
 */

const environment = (/** @type {Command} */ { env }) => ({
  PATH: process.env["PATH"] ?? "",
  LANG: "C.UTF-8",
  ...env
})

/** With all that it started. @param {import("node:child_process").ChildProcess} child */
const endGroup = ({ pid }) => {
  if (pid !== undefined) process.kill(-pid, "SIGKILL")
}

/** A program that does not come to an end is not measured. */
const limitMillis = 300_000

/** Ends with status 0, or fails. @param {Command} command @param {import("node:child_process").ChildProcess} child @param {string | undefined} stdin @returns {Promise<string>} what it said */
const ended = ({ file, args }, child, stdin) =>
  new Promise((resolve, reject) => {
    let said = ""
    const timer = setTimeout(() => endGroup(child), limitMillis)
    child.stderr?.on("data", (text) => {
      said += text
    })
    // Who does not read its input is judged by its status.
    child.stdin?.on("error", () => {}).end(stdin ?? "")
    child.once("error", reject).once("close", (status, signal) => {
      clearTimeout(timer)
      if (status === 0) resolve(said)
      else
        reject(new Error(`${file} ${args.join(" ")}: ${signal ?? `status ${status}`}: ${said.slice(0, 500)}`))
    })
  })

const clockScript =
  'TIMEFORMAT="clock %3R %3U %3S"; begun=$EPOCHREALTIME; time "$@"; status=$?; echo "begun $begun" >&2; exit $status'

const clockShape = /clock (\d+\.\d+) (\d+\.\d+) (\d+\.\d+)\nbegun (\d+\.\d+)\s*$/

/** The shell's clock begins at the fork and costs the command nothing. @param {Command} command @param {string} [stdin] */
export const timed = async (command, stdin) => {
  const child = spawn("bash", ["-c", clockScript, "clock", command.file, ...command.args], {
    env: environment(command),
    detached: true,
    stdio: ["pipe", "ignore", "pipe"]
  })
  const said = await ended(command, child, stdin)
  const [real = 0, user = 0, system = 0, begun = 0] = (clockShape.exec(said) ?? []).slice(1).map(Number)
  /** @type {Timing} */
  const timing = { wallMillis: real * 1000, cpuMillis: (user + system) * 1000, startedAt: begun * 1000 }
  return timing
}

/** To its end, without a clock. @param {Command} command @param {string} [stdin] */
export const run = async (command, stdin) => {
  const child = spawn(command.file, [...command.args], {
    env: environment(command),
    detached: true,
    stdio: ["pipe", "ignore", "pipe"]
  })
  await ended(command, child, stdin)
}

/** The kernel's own high-water mark, which only grows; the last look is at most 20 ms old. @param {number} pid */
const watchPeak = (pid) => {
  let peakBytes = 0
  const look = () => {
    try {
      const [, kibibytes] = /^VmHWM:\s*(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, "latin1")) ?? []
      if (kibibytes !== undefined) peakBytes = Number(kibibytes) * 1024
    } catch {
      // It has ended.
    }
  }
  const timer = setInterval(look, 20)
  return () => {
    clearInterval(timer)
    return peakBytes
  }
}

/** With a file as its input. @param {Command} command @param {string} [inputPath] */
export const weighed = async (command, inputPath) => {
  const input = inputPath === undefined ? undefined : fs.openSync(inputPath, "r")
  const startedAt = now()
  const child = spawn(command.file, [...command.args], {
    env: environment(command),
    detached: true,
    stdio: [input ?? "ignore", "ignore", "pipe"]
  })
  if (input !== undefined) fs.closeSync(input)
  const peak = watchPeak(child.pid ?? 0)
  await ended(command, child, undefined)
  return { wallMillis: now() - startedAt, peakBytes: peak() }
}
