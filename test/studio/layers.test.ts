/** Where the boxes of a large graph go. */
import { describe, expect, test } from 'vitest'
import { few, place, type Placed, type Unplaced } from '../../src/studio/layout.js'

type Line = readonly [number, number]

const boxes = (count: number) =>
  Array.from({ length: count }, (_, at): readonly [number, number] => [150 + (at % 3) * 20, 48 + (at % 2) * 14]) // prettier-ignore

/** 2,000 gates, one after the other. */
const chain: Unplaced = {
  sizes: boxes(2000),
  lines: Array.from({ length: 1999 }, (_, at): Line => [at, at + 1]),
}

/** Leaves 1,000 to 1,999 and further down the gates that take two each. */
const tree: Unplaced = {
  sizes: boxes(2000),
  lines: Array.from({ length: 1999 }, (_, at): Line => [at + 1, at >> 1]),
}

/** 40 inputs, two layers of 24 units with weights of their own, and a last one. */
function network(): Unplaced {
  const lines: Line[] = []
  let count = 40
  let before = Array.from({ length: 40 }, (_, at) => at)
  for (const units of [24, 24, 1]) {
    const layer = Array.from({ length: units }, () => {
      const unit = count++
      for (const source of before) lines.push([source, unit], [count++, unit])
      return unit
    })
    before = layer
  }
  return { sizes: boxes(count), lines }
}

const cyclic: Unplaced = {
  sizes: boxes(400),
  lines: Array.from({ length: 400 }, (_, at): Line => [at, (at + 1) % 400]),
}

/** A thousand boxes that nothing connects. */
const loose: Unplaced = { sizes: boxes(1000), lines: [] }

const shapes = { chain, tree, network: network(), cyclic, loose }

function overlaps({ boxes: all }: Placed): number {
  const sorted = [...all].sort((a, b) => a.x - b.x)
  let count = 0
  sorted.forEach((a, at) => {
    for (let next = at + 1; next < sorted.length; next++) {
      const b = sorted[next]!
      if (b.x - a.x >= 180) break
      if (b.x - a.x < (a.width + b.width) / 2 && Math.abs(a.y - b.y) < (a.height + b.height) / 2) count++ // prettier-ignore
    }
  })
  return count
}

describe.each(Object.entries(shapes))('a large graph: %s', (_, shape) => {
  const placed = place(shape)

  test('has all its boxes apart and inside of the drawing', () => {
    expect(shape.sizes.length).toBeGreaterThan(few)
    expect(placed.boxes.length).toBe(shape.sizes.length)
    expect(overlaps(placed)).toBe(0)
    for (const { x, y, width, height } of placed.boxes) {
      expect(x - width / 2).toBeGreaterThanOrEqual(0)
      expect(y - height / 2).toBeGreaterThanOrEqual(0)
      expect(x + width / 2).toBeLessThanOrEqual(placed.width)
      expect(y + height / 2).toBeLessThanOrEqual(placed.height)
    }
  })

  test('has about the shape of a window', () => {
    const aspect = placed.width / placed.height
    expect(aspect).toBeGreaterThan(1)
    expect(aspect).toBeLessThan(3)
  })

  test('has lines that begin and end at their boxes', () => {
    shape.lines.forEach(([from, to], line) => {
      const points = placed.lines[line]!
      for (const [box, point] of [
        [from, points[0]!],
        [to, points.at(-1)!],
      ] as const) {
        const { x, y, width, height } = placed.boxes[box]!
        expect(Math.abs(point.x - x)).toBeLessThanOrEqual(width / 2 + 1e-9)
        expect(Math.abs(point.y - y)).toBeLessThanOrEqual(height / 2 + 1e-9)
      }
    })
  })
})

test('what feeds one gate alone stands on the card of that gate', () => {
  const shape = network()
  const { boxes: all, cards, inner } = place(shape)
  expect(cards.length).toBe(49)
  expect(inner.size).toBe(40 * 24 + 24 * 24 + 24)
  for (const line of inner) {
    const [weight, unit] = shape.lines[line]!.map((box) => all[box]!) as [Placed['boxes'][number], Placed['boxes'][number]] // prettier-ignore
    const on = cards.filter(({ x, y, width, height }) => {
      return [weight, unit].every((box) => Math.abs(box.x - x) < width / 2 && Math.abs(box.y - y) < height / 2) // prettier-ignore
    })
    expect(on.length).toBe(1)
    expect(weight.y).toBeGreaterThan(unit.y)
  }
})

test('a layer stands to the right of the layer before it', () => {
  const shape = network()
  const { boxes: all, inner } = place(shape)
  shape.lines.forEach(([from, to], line) => {
    if (!inner.has(line)) expect(all[from]!.x).toBeLessThan(all[to]!.x)
  })
})
