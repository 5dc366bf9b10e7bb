/**
 * Checkpoints in a folder, numbered as they come. A crash at any moment, or a write that fails,
 * leaves the newest one that was saved whole, and those before it as long as they are kept.
 */
import { join } from 'node:path'
import { EagreError } from '../errors.js'
import type { Checkpoint } from '../train/checkpoint.js'
import { reason } from './bytes.js'
import { decode, encode } from './container.js'
import { diskFiles, type FileSystem } from './system.js'

export interface CheckpointOptions {
  /** How many older ones stay beside the newest; 2 by default. */
  readonly keep?: number
  /** What messages call the folder. */
  readonly name?: string
  /** In place of that of the process. */
  readonly files?: FileSystem
}

/** The checkpoints of one run, in one folder. */
export interface Checkpoints {
  /**
   * Writes one and resolves to its path once it would survive a loss of power. Calls wait for one
   * another. Rejects with `io`, the older ones being as they were.
   */
  save(checkpoint: Checkpoint): Promise<string>
  /**
   * The newest one that is whole; nothing where there is none at all. Rejects with `bad-data`
   * where every one is damaged, and with `io` where the folder cannot be read.
   */
  latest(): Promise<LatestCheckpoint | undefined>
  /** The names of all files, newest first, whether whole or not. */
  list(): Promise<readonly string[]>
}

export interface LatestCheckpoint {
  readonly checkpoint: Checkpoint
  readonly file: string
  /** Why the newer ones are not it. */
  readonly refused: readonly string[]
}

/** Opens a folder, which is made when something is saved. Throws `bad-argument` for a wrong `keep`. */
export function checkpoints(folder: string, options: CheckpointOptions = {}): Checkpoints {
  const { keep = 2, name = folder, files = diskFiles } = options
  if (!Number.isSafeInteger(keep) || keep < 0) {
    throw new EagreError('bad-argument', `checkpoints: keep must be a whole number from 0, got ${keep}`) // prettier-ignore
  }
  let last: Promise<unknown> = Promise.resolve()
  let made = false
  const list = () => listed(files, folder, name)
  const save = async (checkpoint: Checkpoint): Promise<string> => {
    const { parts, binary } = await encode(checkpoint)
    try {
      if (!made) await files.makeFolder(folder)
      made = true
    } catch (cause) {
      throw new EagreError('io', `cannot make the folder ${name}: ${folderReason(cause)}`, {
        cause,
      })
    }
    const present = await list()
    const number = numberOf(present[0]) + 1
    const file = `${String(number).padStart(digits, '0')}.${binary ? 'bin' : 'json'}`
    const path = join(folder, file)
    try {
      await writeWhole(files, folder, path, parts)
    } catch (cause) {
      throw new EagreError('io', `cannot write ${join(name, file)}: ${reason(cause)}`, { cause })
    }
    // Not needed any more. One that cannot be removed now is so after the next.
    for (const old of present.slice(keep)) await files.remove(join(folder, old)).catch(() => {})
    return path
  }
  return {
    list,
    save(checkpoint) {
      const saved = last.then(() => save(checkpoint))
      last = saved.catch(() => {})
      return saved
    },
    async latest() {
      const refused: string[] = []
      for (const file of await list()) {
        const path = join(folder, file)
        try {
          const checkpoint = await readFile(files, path, join(name, file))
          return { checkpoint, file: path, refused }
        } catch (error) {
          if (!(error instanceof EagreError)) throw error
          refused.push(error.message)
        }
      }
      if (refused.length === 0) return undefined
      throw new EagreError('bad-data', `${name} has no checkpoint that is whole: ${refused.join('; ')}`) // prettier-ignore
    },
  }
}

/** One checkpoint file. Rejects with `io` and, where it is cut or changed, with `bad-data`. */
export function loadCheckpoint(path: string, name = path): Promise<Checkpoint> {
  return readFile(diskFiles, path, name)
}

/** Saved names; the number keeps its digits so that they sort, and has more when those are used up. */
const pattern = /^(\d{8,15})\.(?:json|bin)$/
const digits = 8

function numberOf(file: string | undefined): number {
  return Number(pattern.exec(file ?? '')?.[1] ?? 0)
}

async function listed(files: FileSystem, folder: string, name: string): Promise<string[]> {
  try {
    const names = (await files.list(folder)).filter((file) => pattern.test(file))
    return names.sort((a, b) => numberOf(b) - numberOf(a))
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw new EagreError('io', `cannot read the folder ${name}: ${folderReason(cause)}`, { cause })
  }
}

async function readFile(files: FileSystem, path: string, name: string): Promise<Checkpoint> {
  let bytes: Uint8Array
  try {
    bytes = await files.read(path)
  } catch (cause) {
    throw new EagreError('io', `cannot read ${name}: ${reason(cause)}`, { cause })
  }
  return await decode(bytes, name)
}

// Under another name until all of it is on the disk; then the name, and that to the disk as well.
async function writeWhole(
  files: FileSystem,
  folder: string,
  path: string,
  parts: readonly Uint8Array[],
): Promise<void> {
  const temporary = `${path}.tmp`
  try {
    const file = await files.create(temporary)
    try {
      for (const part of parts) await writeAll(file, part)
      await file.sync()
    } finally {
      await file.close()
    }
    await files.rename(temporary, path)
  } catch (error) {
    await files.remove(temporary).catch(() => {})
    throw error
  }
  await files.syncFolder(folder)
}

async function writeAll(
  file: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const taken = await file.write(bytes.subarray(at))
    if (taken <= 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' })
    at += taken
  }
}

function folderReason(cause: unknown): string {
  const code = codeOf(cause)
  return code === 'EEXIST' || code === 'ENOTDIR' ? 'it is, or is in, a file' : reason(cause)
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}
