/**
 * A disk in memory that forgets what was not synced, in every way that a real one may.
 *
 * Each directory keeps a log of changes since it was last synced. A loss of power keeps some beginning of each log and
 * drops the rest, independently for each directory. Only two things are taken for granted: a rename inside one directory
 * is one change, and a rename from one directory to another never loses the file (the old name goes only if the new one
 * is there; both may be). The octets of a file that was not synced come back as the old ones, the new ones, a beginning
 * of the new ones, or zeroes. A sync of a file says nothing about its name.
 *
 * Weaker than ext4, XFS and btrfs in all respects that matter here: what is proved on it holds on them.
 */
import { FileError, type FileFacts } from "../../src/services/SpoolFiles.ts"

export interface Inode {
  readonly kind: "file" | "directory"
  readonly userId: number
  mode: number
  octets: Uint8Array
  /** What is on the platter. */
  synced: Uint8Array
  modifiedAtMillis: number
  readonly directory: DirectoryState
}

/** `after`: the change in another directory without which this one can't survive. */
interface Change {
  readonly apply: (names: Map<string, Inode>) => void
  readonly after?: { readonly directory: DirectoryState; readonly change: Change }
}

interface DirectoryState {
  names: Map<string, Inode>
  synced: Map<string, Inode>
  log: Array<Change>
}

/** A source of decisions: a number below `bound`. */
export type Choose = (bound: number) => number

const emptyDirectory = (): DirectoryState => ({ names: new Map(), synced: new Map(), log: [] })

const fail = (operation: string, path: string, code: string) => new FileError({ operation, path, code })

/** Throws `FileError`; the layer above turns that into a failure. */
export class ModelDisk {
  now = 1_700_000_000_000
  readonly root: Inode = this.inode("directory", 0o755)

  private inode(kind: "file" | "directory", mode: number): Inode {
    const octets = new Uint8Array(0)
    return {
      kind,
      mode,
      userId: 1000,
      octets,
      synced: octets,
      modifiedAtMillis: this.now,
      directory: emptyDirectory()
    }
  }

  private find(operation: string, path: string): Inode {
    let inode = this.root
    for (const part of path.split("/").filter((name) => name !== "" && name !== ".")) {
      if (inode.kind !== "directory") throw fail(operation, path, "ENOTDIR")
      const next = inode.directory.names.get(part)
      if (next === undefined) throw fail(operation, path, "ENOENT")
      inode = next
    }
    return inode
  }

  private place(operation: string, path: string): { readonly parent: Inode; readonly name: string } {
    const cut = path.lastIndexOf("/")
    return { parent: this.find(operation, path.slice(0, cut) || "/"), name: path.slice(cut + 1) }
  }

  private change(parent: Inode, change: Change): void {
    change.apply(parent.directory.names)
    parent.directory.log.push(change)
    parent.modifiedAtMillis = this.now
  }

  create(path: string): Inode {
    const { name, parent } = this.place("open", path)
    if (parent.directory.names.has(name)) throw fail("open", path, "EEXIST")
    const inode = this.inode("file", 0o600)
    this.change(parent, { apply: (names) => names.set(name, inode) })
    return inode
  }

  open(path: string): Inode {
    return this.find("open", path)
  }

  openOrCreate(path: string): Inode {
    const { name, parent } = this.place("open", path)
    return parent.directory.names.get(name) ?? this.create(path)
  }

  makeDirectory(path: string): void {
    const { name, parent } = this.place("mkdir", path)
    if (parent.directory.names.has(name)) throw fail("mkdir", path, "EEXIST")
    const inode = this.inode("directory", 0o700)
    this.change(parent, { apply: (names) => names.set(name, inode) })
  }

  rename(from: string, to: string): void {
    const source = this.place("rename", from)
    const target = this.place("rename", to)
    const inode = source.parent.directory.names.get(source.name)
    if (inode === undefined) throw fail("rename", from, "ENOENT")
    if (source.parent === target.parent) {
      this.change(source.parent, {
        apply: (names) => {
          names.delete(source.name)
          names.set(target.name, inode)
        }
      })
      return
    }
    const arrival: Change = { apply: (names) => names.set(target.name, inode) }
    this.change(target.parent, arrival)
    this.change(source.parent, {
      apply: (names) => names.delete(source.name),
      after: { directory: target.parent.directory, change: arrival }
    })
  }

  unlink(path: string): void {
    const { name, parent } = this.place("unlink", path)
    if (!parent.directory.names.has(name)) throw fail("unlink", path, "ENOENT")
    this.change(parent, { apply: (names) => names.delete(name) })
  }

  names(path: string): ReadonlyArray<string> {
    return [...this.find("readdir", path).directory.names.keys()]
  }

  facts(path: string): FileFacts {
    return this.factsOf(this.find("lstat", path))
  }

  factsOf(inode: Inode): FileFacts {
    return {
      kind: inode.kind,
      sizeBytes: inode.octets.length,
      modifiedAtNanos: BigInt(inode.modifiedAtMillis) * 1_000_000n,
      mode: inode.mode,
      userId: inode.userId,
      links: this.linksTo(inode, this.root)
    }
  }

  private linksTo(inode: Inode, under: Inode): number {
    let links = 0
    for (const child of under.directory.names.values()) {
      if (child === inode) links++
      links += this.linksTo(inode, child)
    }
    return links
  }

  write(inode: Inode, octets: Uint8Array, position: number): void {
    inode.modifiedAtMillis = this.now
    if (inode.octets.length === 0 && position === 0) {
      inode.octets = octets
      return
    }
    const grown = new Uint8Array(Math.max(inode.octets.length, position + octets.length))
    grown.set(inode.octets)
    grown.set(octets, position)
    inode.octets = grown
  }

  truncate(inode: Inode, length: number): void {
    inode.octets = inode.octets.slice(0, length)
  }

  syncFile(inode: Inode): void {
    inode.synced = inode.octets
  }

  syncDirectory(path: string): void {
    this.flush(this.find("fsync", path).directory, undefined)
  }

  /** Makes the log durable, up to and with `last`, and with it whatever it depends on elsewhere. */
  private flush(directory: DirectoryState, last: Change | undefined): void {
    const end = last === undefined ? directory.log.length : directory.log.indexOf(last) + 1
    for (const change of directory.log.splice(0, end)) {
      if (change.after !== undefined) this.flush(change.after.directory, change.after.change)
      change.apply(directory.synced)
    }
  }

  /** The power goes, and comes back. */
  lose(choose: Choose): void {
    const directories = this.allDirectories()
    const kept = new Map(directories.map((directory) => [directory, choose(directory.log.length + 1)]))
    const survives = (directory: DirectoryState, change: Change): boolean => {
      const at = directory.log.indexOf(change)
      return at === -1 || at < (kept.get(directory) ?? 0)
    }
    for (let isSettled = false; !isSettled; ) {
      isSettled = true
      for (const directory of directories) {
        const orphan = directory.log
          .slice(0, kept.get(directory))
          .findIndex(({ after }) => after !== undefined && !survives(after.directory, after.change))
        if (orphan !== -1) {
          kept.set(directory, orphan)
          isSettled = false
        }
      }
    }
    for (const directory of directories) {
      for (const change of directory.log.slice(0, kept.get(directory))) change.apply(directory.synced)
      directory.log = []
      directory.names = new Map(directory.synced)
    }
    for (const inode of this.allFiles()) {
      inode.synced = this.afterLoss(inode, choose)
      inode.octets = inode.synced
    }
  }

  private afterLoss({ octets, synced }: Inode, choose: Choose): Uint8Array {
    if (octets === synced) return synced
    const halfWay = synced.length + Math.floor(Math.max(0, octets.length - synced.length) / 2)
    switch (choose(4)) {
      case 0:
        return synced
      case 1:
        return octets
      case 2:
        return octets.slice(0, halfWay)
      default: {
        const zeroed = new Uint8Array(octets.length)
        zeroed.set(synced.subarray(0, octets.length))
        return zeroed
      }
    }
  }

  private allDirectories(): ReadonlyArray<DirectoryState> {
    const seen = new Set<DirectoryState>()
    const visit = (inode: Inode) => {
      if (inode.kind !== "directory" || seen.has(inode.directory)) return
      seen.add(inode.directory)
      for (const child of [...inode.directory.names.values(), ...inode.directory.synced.values()])
        visit(child)
    }
    visit(this.root)
    return [...seen]
  }

  private allFiles(): ReadonlyArray<Inode> {
    const files = new Set<Inode>()
    for (const { names } of this.allDirectories()) {
      for (const inode of names.values()) if (inode.kind === "file") files.add(inode)
    }
    return [...files]
  }
}
