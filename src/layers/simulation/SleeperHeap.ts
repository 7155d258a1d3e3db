/** Sleepers by the moment at which they wake; those of one moment in the order in which they came. */

export interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

interface Entry {
  readonly sleeper: Sleeper
  readonly order: number
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.sleeper.at === other.sleeper.at ? one.order < other.order : one.sleeper.at < other.sleeper.at

/** A binary heap; who is removed stays in it, asleep for good, until it is his turn. */
export class SleeperHeap {
  private readonly entries: Array<Entry> = []
  private readonly removed = new Set<Sleeper>()
  private pushed = 0

  push(sleeper: Sleeper): void {
    this.entries.push({ sleeper, order: this.pushed++ })
    this.rise(this.entries.length - 1)
  }

  remove(sleeper: Sleeper): void {
    this.removed.add(sleeper)
  }

  peek(): Sleeper | undefined {
    this.sweep()
    return this.entries[0]?.sleeper
  }

  pop(): Sleeper | undefined {
    this.sweep()
    return this.take()
  }

  private sweep(): void {
    let first = this.entries[0]
    while (first !== undefined && this.removed.delete(first.sleeper)) {
      this.take()
      first = this.entries[0]
    }
  }

  private take(): Sleeper | undefined {
    const first = this.entries[0]
    const last = this.entries.pop()
    if (first === undefined || last === undefined) return undefined
    if (this.entries.length > 0) {
      this.entries[0] = last
      this.sink(0)
    }
    return first.sleeper
  }

  private swap(one: number, other: number): void {
    const [first, second] = [this.entries[one], this.entries[other]]
    if (first === undefined || second === undefined) return
    this.entries[one] = second
    this.entries[other] = first
  }

  private precedes(one: number, other: number): boolean {
    const [first, second] = [this.entries[one], this.entries[other]]
    return first !== undefined && second !== undefined && isBefore(first, second)
  }

  private rise(index: number): void {
    for (let at = index; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.precedes(at, parent)) return
      this.swap(at, parent)
      at = parent
    }
  }

  private sink(index: number): void {
    for (let at = index; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const least = this.precedes(right, left) ? right : left
      if (!this.precedes(least, at)) return
      this.swap(least, at)
      at = least
    }
  }
}
