/** Reading and writing whole files, with errors that say which file and why in words. */
import { createReadStream } from 'node:fs'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EagreError } from '../errors.js'

/**
 * The bytes of a file that messages call `name`, at most `limit` (and one more, so that it is
 * seen that there are more). It may be a pipe or a device without an end.
 */
export async function readBytes(path: string, name = path, limit = 2 ** 30): Promise<Uint8Array> {
  try {
    // Before opening it: opening a pipe waits for a writer, and a folder has no bytes.
    if ((await stat(path)).isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of createReadStream(path, { end: limit, highWaterMark: 2 ** 20 })) {
      // A stream without encoding yields bytes, which its type does not say.
      const bytes = chunk as Uint8Array
      chunks.push(bytes)
      length += bytes.length
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length)
  } catch (cause) {
    throw new EagreError('io', `cannot read ${name}: ${reason(cause)}`, { cause })
  }
}

/**
 * Writes a file so that a crash at any moment leaves the old one or the new one whole: under
 * another name in the same folder, forced to the disk, then renamed.
 */
export async function replaceFile(
  path: string,
  content: string | Uint8Array,
  name = path,
): Promise<void> {
  // Where the name is a link, the file it points to is replaced and the link stays.
  const target = await realpath(path).catch(() => path)
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)
  try {
    const file = await open(temporary, 'w')
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw new EagreError('io', `cannot write ${name}: ${reason(cause)}`, { cause })
  }
}

/** Why the system refused, in words. */
export function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return reasons.get(code) ?? (cause instanceof Error ? cause.message : String(cause))
}

const reasons = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['ENOTDIR', 'a part of the path is not a folder'],
  ['EEXIST', 'it exists already'],
  ['ENOSPC', 'the disk is full'],
  ['EROFS', 'the disk is read-only'],
])
