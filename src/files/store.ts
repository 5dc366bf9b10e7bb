/** Models of keys in a folder, one file each. */
import { createHash } from 'node:crypto'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { EagreError } from '../errors.js'
import type { ModelStore } from '../train/models.js'
import { readBytes, replaceFile } from './bytes.js'

/**
 * A store for `learnBy` in a folder, which it makes. A crash leaves of each model the old record or
 * the new one whole. Keys are texts or numbers. A file that is cut or changed is refused as `bad-data`.
 */
export function fileStore(folder: string): ModelStore {
  const pathOf = (key: unknown) => join(folder, fileOf(key))
  return {
    async get(key) {
      const path = pathOf(key)
      const there = await access(path).then(
        () => true,
        () => false,
      )
      return there ? read(await readBytes(path), path) : undefined
    },
    async put(key, record) {
      await mkdir(folder, { recursive: true })
      await replaceFile(pathOf(key), bytesOf(record))
    },
  }
}

/** Eight letters, the checksum of what follows and a format number of 32 bits each, then the numbers, little-endian. */
const magic = 'eagrekey'
const head = 16

function bytesOf(record: Float64Array): Uint8Array {
  const bytes = new Uint8Array(head + 8 * record.length)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(magic))
  view.setUint32(12, 1, true)
  record.forEach((number, at) => view.setFloat64(head + 8 * at, number, true))
  view.setUint32(8, crc32(bytes.subarray(12)), true)
  return bytes
}

function read(bytes: Uint8Array, path: string): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole =
    bytes.length >= head &&
    bytes.length % 8 === 0 &&
    new TextDecoder().decode(bytes.subarray(0, 8)) === magic &&
    view.getUint32(8, true) === crc32(bytes.subarray(12)) &&
    view.getUint32(12, true) === 1
  if (!whole)
    throw new EagreError('bad-data', `${path}: this is no model of a key, or it is damaged`)
  const count = (bytes.length - head) / 8
  return Float64Array.from({ length: count }, (_, at) => view.getFloat64(head + 8 * at, true))
}

function fileOf(key: unknown): string {
  if (typeof key !== 'string' && typeof key !== 'number') {
    throw new EagreError(
      'bad-data',
      `a file is named by a text or a number, and a key is ${typeof key}`,
    )
  }
  const name = encodeURIComponent(wellFormed(String(key)))
  const short = name.length <= 120 ? name : createHash('sha256').update(String(key)).digest('hex')
  // A number and its text are two keys, and so are a long one and its hash.
  return `${typeof key === 'string' ? 's' : 'n'}${name === short ? '' : 'h'}-${short}.model`
}

/** Halves of surrogate pairs cannot be encoded: such a text gets a name of its own all the same. */
function wellFormed(text: string): string {
  const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
  return text.replace(lone, (half) => `%u${half.charCodeAt(0).toString(16)}`)
}
