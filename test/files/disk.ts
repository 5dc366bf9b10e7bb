/**
 * A file system that fails or crashes where a test says, and forgets what was not forced to the
 * disk: of a file any part of what was written, of a folder any of the names that came and went.
 */
import type { FileSystem, OpenFile } from '../../src/files/system.js'

/** What happens at one call. */
export type Trouble = 'EIO' | 'ENOSPC' | 'EACCES' | 'short' | 'crash'

interface Content {
  /** What programs see, and what is on the disk for certain. */
  bytes: Uint8Array
  durable: Uint8Array
}

/** A name that comes or goes, and is not forced to the disk yet. */
type Change = { readonly name: string; readonly content: Content | undefined }

export class Crash extends Error {}

/** One folder. Calls are counted from 0; `trouble` says what befalls which. */
export class Disk implements FileSystem {
  calls = 0
  readonly log: string[] = []
  private names = new Map<string, Content>()
  private durable = new Map<string, Content>()
  private changes: Change[] = []
  private readonly trouble: (call: number, what: string) => Trouble | undefined
  private crashed = false

  constructor(trouble: (call: number, what: string) => Trouble | undefined = () => undefined) {
    this.trouble = trouble
  }

  list = (): Promise<string[]> => this.call('list', () => [...this.names.keys()])

  read = (path: string): Promise<Uint8Array> =>
    this.call(`read ${base(path)}`, () => this.at(path).bytes.slice())

  makeFolder = (): Promise<void> => this.call('makeFolder', () => undefined)

  create = async (path: string): Promise<OpenFile> => {
    const name = base(path)
    const content = await this.call(`create ${name}`, () => {
      const fresh: Content = { bytes: new Uint8Array(0), durable: new Uint8Array(0) }
      this.set(name, fresh)
      return fresh
    })
    return {
      write: (bytes) =>
        this.call(`write ${name}`, (short) => {
          const taken = short ? Math.floor(bytes.length / 2) : bytes.length
          content.bytes = new Uint8Array([...content.bytes, ...bytes.subarray(0, taken)])
          return taken
        }),
      sync: () =>
        this.call(`sync ${name}`, () => {
          content.durable = content.bytes.slice()
        }),
      close: () => this.call(`close ${name}`, () => undefined),
    }
  }

  rename = (from: string, to: string): Promise<void> =>
    this.call(`rename ${base(to)}`, () => {
      const content = this.at(from)
      this.set(base(from), undefined)
      this.set(base(to), content)
    })

  remove = (path: string): Promise<void> =>
    this.call(`remove ${base(path)}`, () => {
      this.at(path)
      this.set(base(path), undefined)
    })

  syncFolder = (): Promise<void> =>
    this.call('syncFolder', () => {
      for (const change of this.changes) put(this.durable, change)
      this.changes = []
    })

  private async call<T>(what: string, run: (short: boolean) => T): Promise<T> {
    // As a real one, it answers later.
    await Promise.resolve()
    if (this.crashed) throw new Crash('crashed')
    const trouble = this.trouble(this.calls++, what)
    this.log.push(what)
    if (trouble === 'crash') {
      this.crashed = true
      throw new Crash('crashed')
    }
    if (trouble !== undefined && trouble !== 'short') {
      throw Object.assign(new Error(`${trouble}: ${what}`), { code: trouble })
    }
    return run(trouble === 'short')
  }

  /** As programs see it now, and with nothing that befalls it. */
  calm(): Disk {
    const disk = new Disk()
    disk.names = new Map(this.names)
    return disk
  }

  /** What may be found after a loss of power now: every way in which it may have gone. */
  *remains(): Generator<Disk> {
    const { changes } = this
    for (let subset = 0; subset < 2 ** changes.length; subset++) {
      const names = new Map(this.durable)
      changes.forEach((change, at) => {
        if ((subset >> at) & 1) put(names, change)
      })
      for (const kept of ways) {
        const disk = new Disk()
        for (const [name, content] of names) {
          const bytes = kept(content)
          disk.names.set(name, { bytes, durable: bytes })
        }
        disk.durable = new Map(disk.names)
        yield disk
      }
    }
  }

  private at(path: string): Content {
    const content = this.names.get(base(path))
    if (content === undefined) throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    return content
  }

  private set(name: string, content: Content | undefined): void {
    put(this.names, { name, content })
    this.changes.push({ name, content })
  }
}

/** What may be left of a file that was not forced to the disk as far as it was written. */
const ways: readonly ((content: Content) => Uint8Array)[] = [
  ({ durable }) => durable,
  ({ bytes }) => bytes,
  ({ bytes, durable }) => (same(bytes, durable) ? bytes : bytes.subarray(0, bytes.length / 2)),
  // As long as it was, and nothing in it.
  ({ bytes, durable }) => (same(bytes, durable) ? bytes : new Uint8Array(bytes.length)),
]

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function put(names: Map<string, Content>, { name, content }: Change): void {
  if (content === undefined) names.delete(name)
  else names.set(name, content)
}

function base(path: string): string {
  return path.split('/').at(-1)!
}
