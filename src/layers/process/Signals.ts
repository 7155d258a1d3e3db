/**
 * What ends the program in order: INT, TERM and HUP interrupt it, so that files are removed and claims released.
 *
 * A terminal sends INT to every process of a pipeline, and a process that waits for this one may pass on its own: one
 * wish to end comes twice at once. Only a second wish ends the program on the spot.
 *
 * Source: signal(7); postfix: sendmail.c (`sendmail_sig`). Node undoes at its start what the caller ignored, so a HUP that
 * nohup(1) meant to be ignored can't be told apart.
 */

const endings = ["SIGHUP", "SIGINT", "SIGTERM"] as const

const oneWishMillis = 1000

export const begin = (): void => {
  let isEnding = false
  const onWish = (signal: NodeJS.Signals): void => {
    if (isEnding) return
    isEnding = true
    setTimeout(() => {
      for (const ending of endings) process.removeListener(ending, onWish)
    }, oneWishMillis).unref()
    // The runtime knows TERM and INT only.
    if (signal === "SIGHUP") process.emit("SIGTERM", "SIGTERM")
  }
  for (const ending of endings) process.on(ending, onWish)
}
