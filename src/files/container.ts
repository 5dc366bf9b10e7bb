/**
 * A checkpoint as the bytes of one file, in which any bit that changes is noticed:
 *
 *     {"kind":"eagre-checkpoint-file","format":1,"json":J,"blob":B,"sha256":"…","checkpoint":{…}}
 *
 * in one line, `{…}` being J bytes. A small one is that line alone and so a JSON file. A large one
 * has its long lists of numbers in B bytes behind it, 64-bit floats with the lowest byte first; in
 * the line stands `["blob", first, count]` for them. The checksum is that of all but itself.
 */
import { createHash } from 'node:crypto'
import { endianness } from 'node:os'
import { EagreError } from '../errors.js'
import { figure, figures, unfigure } from '../train/figures.js'
import { isCheckpoint, type Checkpoint } from '../train/checkpoint.js'
import { json } from './json.js'

/** Bytes of numbers from which on they are written as binary. */
const largest = 64 * 1024
/** Shorter lists stay where one can read them. */
const shortest = 16
const format = 1

/** The parts of the file, behind one another. */
export async function encode(
  checkpoint: Checkpoint,
): Promise<{ readonly parts: readonly Uint8Array[]; readonly binary: boolean }> {
  const whole = plain(checkpoint)
  const small = 8 * countNumbers(whole) <= largest
  const blob = new Blob(small ? Number.POSITIVE_INFINITY : shortest)
  const body = new TextEncoder().encode(json(blob.take(whole)))
  const bytes = blob.bytes()
  const tail = new TextEncoder().encode('}\n')
  const sum = await checksum(body.length, bytes.length, [body, tail, bytes])
  const head = new TextEncoder().encode(header(body.length, bytes.length, sum))
  return { parts: [head, body, tail, bytes], binary: bytes.length > 0 }
}

/** Reads a file back. Throws `bad-data` for one that is cut, changed, or no checkpoint at all. */
export async function decode(bytes: Uint8Array, name: string): Promise<Checkpoint> {
  const wrong = (what: string) => new EagreError('bad-data', `${name} ${what}`)
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 240))
  if (start === '') throw wrong('is empty')
  const found = /^\{"kind":"eagre-checkpoint-file","format":(\d+),"json":(\d+),"blob":(\d+),"sha256":"([0-9a-f]{64})","checkpoint":/.exec(start) // prettier-ignore
  if (found === null) throw wrong('is damaged, or no checkpoint: it does not begin as one')
  const [head, kind, jsonLength, blobLength, sum] = found
  if (kind !== String(format)) {
    throw wrong(`has the unknown format ${kind}; this version reads format ${format}`)
  }
  const [length, blobSize] = [Number(jsonLength), Number(blobLength)]
  const end = head.length + length
  if (bytes.length < end + 2 + blobSize) throw wrong('is cut short')
  if (bytes.length > end + 2 + blobSize)
    throw wrong('is damaged: there is more than it should hold')
  const actual = await checksum(length, blobSize, [bytes.subarray(head.length)])
  // Whoever wrote the header wrote it like this: a number has no zeros in front.
  if (actual !== sum || header(length, blobSize, sum) !== head) {
    throw wrong('is damaged: its checksum is not that of what it holds')
  }
  // What has this checksum was written by `encode`.
  const text = new TextDecoder().decode(bytes.subarray(head.length, end))
  const content = portable(JSON.parse(text), numbersIn(bytes.slice(end + 2)))
  if (!isCheckpoint(content)) throw wrong('holds no checkpoint')
  return content
}

function header(length: number, blob: number, sum: string): string {
  return `{"kind":"eagre-checkpoint-file","format":${format},"json":${length},"blob":${blob},"sha256":"${sum}","checkpoint":`
}

async function checksum(json: number, blob: number, parts: readonly Uint8Array[]): Promise<string> {
  const hash = createHash('sha256').update(`${format} ${json} ${blob}\n`)
  for (const part of parts) {
    for (let at = 0; at < part.length; at += chunk) {
      if (at > 0) await new Promise((resume) => void setImmediate(resume))
      hash.update(part.subarray(at, at + chunk))
    }
  }
  return hash.digest('hex')
}

/** Bytes to hash before others get their turn: about a millisecond. */
const chunk = 2 ** 20

/** Long lists of numbers, taken out of a value and put behind one another. */
class Blob {
  private readonly lists: Float64Array[] = []
  private readonly shortest: number
  private count = 0

  constructor(shortest: number) {
    this.shortest = shortest
  }

  take(value: unknown): unknown {
    if (value instanceof Float64Array) {
      if (value.length < this.shortest) return [...value]
      const first = this.count
      this.lists.push(value)
      this.count += value.length
      return ['blob', first, value.length]
    }
    return mapped(value, (part) => this.take(part))
  }

  bytes(): Uint8Array {
    const all = new Float64Array(this.count)
    let at = 0
    for (const list of this.lists) {
      all.set(list, at)
      at += list.length
    }
    return lowestFirst(Buffer.from(all.buffer))
  }
}

/** With numbers in place of the texts that stand for them; lists of numbers are typed arrays. */
function plain(value: unknown): unknown {
  if (value instanceof Float64Array) return value
  if (Array.isArray(value)) {
    const numbers = new Float64Array(value.length)
    for (let at = 0; at < value.length; at++) {
      const number = unfigure(value[at])
      if (number === undefined) return value.map(plain)
      numbers[at] = number
    }
    return numbers
  }
  return unfigure(value) ?? mapped(value, plain)
}

function countNumbers(value: unknown): number {
  if (value instanceof Float64Array) return value.length
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce<number>((sum, part) => sum + countNumbers(part), 0)
}

/** The way back: numbers that JSON cannot hold are texts again, and long lists where they were. */
function portable(value: unknown, blob: Float64Array): unknown {
  if (typeof value === 'number') return figure(value)
  if (Array.isArray(value) && value[0] === 'blob') {
    const [first, count] = [Number(value[1]), Number(value[2])]
    return figures(blob, first, first + count)
  }
  if (Array.isArray(value) && value.length > 0) {
    const numbers = plain(value)
    if (numbers instanceof Float64Array) return figures(numbers)
  }
  return mapped(value, (part) => portable(part, blob))
}

function mapped(value: unknown, map: (part: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = Object.create(null)
  for (const [name, part] of Object.entries(value)) copy[name] = map(part)
  return copy
}

function numbersIn(bytes: Uint8Array): Float64Array {
  const whole = lowestFirst(Buffer.from(bytes))
  const aligned = new Uint8Array(whole)
  return new Float64Array(aligned.buffer, 0, aligned.length / 8)
}

function lowestFirst(bytes: Buffer): Buffer {
  return endianness() === 'LE' ? bytes : bytes.swap64()
}
