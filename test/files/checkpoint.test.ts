/** Checkpoint files outlive crashes and failing disks, and notice every bit that is not as it was. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { EagreError } from '../../src/errors.js'
import { checkpoints, loadCheckpoint } from '../../src/files/checkpoint.js'
import { decode, encode } from '../../src/files/container.js'
import { parseGraph } from '../../src/graph.js'
import type { Checkpoint } from '../../src/train/checkpoint.js'
import { VirtualClock } from '../train/clock.js'
import { Disk, type Trouble } from './disk.js'

const root = mkdtempSync(join(tmpdir(), 'eagre-checkpoints-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0
const newFolder = () => join(root, `${folders++}`, 'run')

/** Checkpoints of a run, before it begins and after each step; with NaN, infinities and -0 in them. */
function taken(count: number, weights = 'w: 2, v: { shape: [3], init: uniform }'): Checkpoint[] {
  const clock = new VirtualClock(20)
  const graph = parseGraph(
    `weights: { ${weights} }\nloss: (w - 1)^2 + sum(v^2) * -0\n` +
      'train: { epochs: 1000, learning_rate: 0.1, optimizer: { sgd: { momentum: 0.9 } } }',
    { clock },
  )
  graph.train().subscribe()
  return Array.from({ length: count }, () => {
    const checkpoint = graph.checkpoint()
    clock.turn()
    return checkpoint
  })
}

const small = taken(6)
const large = taken(2, 'w: 2, v: { shape: [9000], init: uniform }')

async function bytesOf(checkpoint: Checkpoint): Promise<Uint8Array> {
  return Buffer.concat((await encode(checkpoint)).parts)
}

async function failure(promise: Promise<unknown>): Promise<EagreError> {
  return await promise.then(
    () => expect.fail('it did not fail'),
    (error: EagreError) => error,
  )
}

describe('a file', () => {
  test('holds NaN, infinities and the sign of 0', () => {
    expect(JSON.stringify(small[0])).toMatch(/"Infinity".*"NaN"|"NaN".*"Infinity"/)
    expect(JSON.stringify(small[1])).toContain('"-0"')
  })

  test.each([
    ['small', small],
    ['large', large],
  ])('reads back the same: %s', async (_, [checkpoint]) => {
    const read = await decode(await bytesOf(checkpoint!), 'it')
    expect(read).toEqual(checkpoint)
    expect(JSON.stringify(read)).toBe(JSON.stringify(checkpoint))
  })

  test('is JSON where it is small, with numbers as JSON output has them', async () => {
    const folder = newFolder()
    const path = await checkpoints(folder).save(small[1]!)
    expect(path).toBe(join(folder, '00000001.json'))
    const text = readFileSync(path, 'utf8')
    const { kind, checkpoint } = JSON.parse(text)
    expect(kind).toBe('eagre-checkpoint-file')
    expect(checkpoint.weights.w).toEqual(small[1]!.weights['w'])
    expect(text).toMatch(/"v":\[-0,-0,-0\]/)
    expect(text).toMatch(/"lastLoss":\d/)
    // The reader takes the numbers of JSON and those of a checkpoint for the same.
    const graph = parseGraph(
      'weights: { w: 2, v: { shape: [3], init: zeros } }\nloss: (w - 1)^2 + sum(v^2) * -0',
    )
    graph.restore(checkpoint as Checkpoint)
    expect(graph.weights()['w']).toBe(small[1]!.weights['w']![0])
  })

  test('has its numbers in binary where it is large', async () => {
    const path = await checkpoints(newFolder()).save(large[1]!)
    expect(path).toMatch(/00000001\.bin$/)
    const bytes = readFileSync(path)
    const line = bytes.subarray(0, bytes.indexOf(10)).toString()
    expect(line.length).toBeLessThan(4000)
    expect(JSON.parse(line).checkpoint.weights.w).toEqual(large[1]!.weights['w'])
    expect(bytes.length).toBeLessThan(line.length + 9000 * 8 * 5)
    expect(await loadCheckpoint(path)).toEqual(large[1])
  })

  test('that is cut at any byte is refused', async () => {
    const bytes = await bytesOf(small[2]!)
    for (let length = 0; length < bytes.length; length++) {
      const { code, message } = await failure(decode(bytes.subarray(0, length), 'run/1.json'))
      expect(code).toBe('bad-data')
      expect(message).toMatch(/^run\/1\.json (is empty|is cut short|is damaged)/)
    }
  })

  test('in which any bit is another is refused', async () => {
    const bytes = await bytesOf(small[2]!)
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      const { code, message } = await failure(decode(bytes, 'run/1.json'))
      bytes[bit >> 3]! ^= 1 << (bit & 7)
      expect(code).toBe('bad-data')
      expect(message).toMatch(/^run\/1\.json (is cut short|is damaged|has the unknown format)/)
    }
    expect(await decode(bytes, 'run/1.json')).toEqual(small[2])
  })

  test('of numbers in binary is refused where one of their bits is another', async () => {
    const bytes = await bytesOf(large[0]!)
    for (let at = 1; at < bytes.length; at *= 2) {
      bytes[bytes.length - at]! ^= 1 << (at % 8)
      expect((await failure(decode(bytes, 'it'))).message).toMatch(/damaged/)
      bytes[bytes.length - at]! ^= 1 << (at % 8)
    }
    expect((await failure(decode(bytes.subarray(0, -1), 'it'))).message).toBe('it is cut short')
    expect((await failure(decode(Buffer.concat([bytes, bytes]), 'it'))).message).toMatch(
      /more than/,
    )
  })

  test('of something else is refused', async () => {
    const text = (content: string) => new TextEncoder().encode(content)
    expect((await failure(decode(text('{"kind":"eagre-weights"}'), 'it'))).message).toMatch(/no checkpoint/) // prettier-ignore
    const newer = Buffer.from(await bytesOf(small[0]!)).toString().replace('"format":1', '"format":12') // prettier-ignore
    expect((await failure(decode(text(newer), 'it'))).message).toBe(
      'it has the unknown format 12; this version reads format 1',
    )
  })
})

describe('a folder', () => {
  test('keeps so many older ones, and goes on counting', async () => {
    const folder = newFolder()
    const store = checkpoints(folder, { keep: 1 })
    expect(await store.latest()).toBeUndefined()
    // All at once: they wait for one another.
    await Promise.all(small.map((checkpoint) => store.save(checkpoint)))
    expect(readdirSync(folder).sort()).toEqual(['00000005.json', '00000006.json'])
    expect((await store.latest())!.checkpoint).toEqual(small[5])
    await checkpoints(folder, { keep: 0 }).save(small[0]!)
    expect(readdirSync(folder)).toEqual(['00000007.json'])
  })

  test('has the one before where the newest is damaged, and says so', async () => {
    const folder = newFolder()
    const store = checkpoints(folder, { name: 'runs' })
    for (const checkpoint of small.slice(0, 3)) await store.save(checkpoint)
    writeFileSync(join(folder, '00000003.json'), '')
    writeFileSync(join(folder, '00000002.json'), readFileSync(join(folder, '00000002.json')).subarray(1)) // prettier-ignore
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    expect(await store.latest()).toEqual({
      checkpoint: small[0],
      file: join(folder, '00000001.json'),
      refused: [
        'runs/00000003.json is empty',
        'runs/00000002.json is damaged, or no checkpoint: it does not begin as one',
      ],
    })
    writeFileSync(join(folder, '00000001.json'), '{}')
    const { code, message } = await failure(store.latest())
    expect(code).toBe('bad-data')
    expect(message).toMatch(
      /^runs has no checkpoint that is whole: runs\/00000003\.json is empty; /,
    )
    // What is damaged is not written over.
    expect(await store.save(small[4]!)).toBe(join(folder, '00000004.json'))
    expect(readdirSync(folder)).toContain('notes.txt')
  })

  test('that is a file, or in one, is an error', async () => {
    const file = join(root, 'file')
    writeFileSync(file, '')
    for (const folder of [file, join(file, 'run')]) {
      const store = checkpoints(folder, { name: 'runs' })
      const saving = await failure(store.save(small[0]!))
      expect(saving.code).toBe('io')
      expect(saving.message).toBe('cannot make the folder runs: it is, or is in, a file')
      expect((await failure(store.latest())).code).toBe('io')
    }
  })

  test('that may not be written to is an error', async () => {
    const files = new Disk((_, what) => (/^(makeFolder|create)/.test(what) ? 'EACCES' : undefined))
    const { code, message } = await failure(checkpoints('run', { files }).save(small[0]!))
    expect([code, message]).toEqual(['io', 'cannot make the folder run: permission denied'])
    const inside = new Disk((_, what) => (what.startsWith('create') ? 'EACCES' : undefined))
    expect((await failure(checkpoints('run', { files: inside }).save(small[0]!))).message).toBe(
      'cannot write run/00000001.json: permission denied',
    )
  })

  test('refuses to keep fewer than none', () => {
    expect(() => checkpoints('x', { keep: -1 })).toThrow('keep must be a whole number from 0')
    expect(() => checkpoints('x', { keep: 0.5 })).toThrow('keep must be a whole number from 0')
  })
})

/** Which of the checkpoints is found; -1 for none. */
async function found(disk: Disk): Promise<number> {
  const latest = await checkpoints('run', { files: disk.calm() }).latest()
  if (latest === undefined) return -1
  const text = JSON.stringify(latest.checkpoint)
  return small.findIndex((checkpoint) => JSON.stringify(checkpoint) === text)
}

/** Saves one after another, for as long as that goes; which was the last one that was saved. */
async function saveAll(disk: Disk): Promise<number> {
  const store = checkpoints('run', { files: disk, keep: 1 })
  let last = -1
  for (const [at, checkpoint] of small.entries()) {
    await store.save(checkpoint).then(
      () => (last = at),
      () => undefined,
    )
  }
  return last
}

const calls = await (async () => {
  const disk = new Disk()
  await saveAll(disk)
  return disk.calls
})()

describe('whatever the disk does', () => {
  test('there are calls to fail at', () => expect(calls).toBeGreaterThan(50))

  test.each(['EIO', 'ENOSPC'] as const)(
    '%s at any call loses only what was not saved',
    async (trouble) => {
      for (let failing = 0; failing < calls; failing++) {
        let saved = -1
        const disk = new Disk((call) => (call === failing ? trouble : undefined))
        const store = checkpoints('run', { files: disk, keep: 1 })
        for (const [at, checkpoint] of small.entries()) {
          const error = await store.save(checkpoint).then(
            () => void (saved = at),
            (cause: EagreError) => cause,
          )
          if (error !== undefined) {
            expect(error.code).toBe('io')
            expect(error.message).toMatch(/^cannot .*(EIO|the disk is full)/)
          }
          expect(await found(disk)).toBeGreaterThanOrEqual(saved)
          for (const after of disk.remains())
            expect(await found(after)).toBeGreaterThanOrEqual(saved)
        }
        // One failure, and then it saves as before.
        expect(await store.save(small[1]!)).toMatch(/json$/)
        expect(await found(disk)).toBe(1)
      }
    },
  )

  test('a disk that stays full keeps the last one', async () => {
    for (let failing = 0; failing < calls; failing++) {
      const disk = new Disk((call, what) =>
        call >= failing && /^(create|write|sync )/.test(what) ? 'ENOSPC' : undefined,
      )
      const saved = await saveAll(disk)
      expect(await found(disk)).toBe(saved)
      for (const after of disk.remains()) expect(await found(after)).toBeGreaterThanOrEqual(saved)
    }
  })

  test('short writes are gone on with', async () => {
    const disk = new Disk((_, what) => (what.startsWith('write') ? 'short' : undefined))
    // Half of one byte is nothing, which a disk says that takes no more.
    expect(await saveAll(disk)).toBe(-1)
    const most: Trouble[] = []
    const other = new Disk((call, what) => {
      if (!what.startsWith('write') || call % 2 === 0) return undefined
      most.push('short')
      return 'short'
    })
    expect(await saveAll(other)).toBe(small.length - 1)
    expect(most.length).toBeGreaterThan(10)
    expect(await found(other)).toBe(small.length - 1)
  })

  test('a crash before any call leaves the last one, in every state that the disk may be in', async () => {
    let states = 0
    for (let failing = 0; failing <= calls; failing++) {
      const disk = new Disk((call) => (call === failing ? 'crash' : undefined))
      const saved = await saveAll(disk)
      for (const after of disk.remains()) {
        states++
        const left = await found(after)
        // The one that was being saved may be there as well, and is whole then.
        expect(left).toBeGreaterThanOrEqual(saved)
        expect(left).toBeLessThanOrEqual(saved + 1)
        // And saving goes on.
        const store = checkpoints('run', { files: after, keep: 1 })
        await store.save(small[5]!)
        expect(await found(after)).toBe(5)
      }
    }
    expect(states).toBeGreaterThan(calls * 4)
  })
})
