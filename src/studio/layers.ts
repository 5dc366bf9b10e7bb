/**
 * Where the boxes of a large graph go: ranks from left to right, as dagre has them, but each rank
 * wrapped into as many columns as the shape of a window asks for, and a long line of ranks wrapped
 * into bands that are read like lines of a text. What feeds one gate alone, as the weights of a
 * neuron do, stands below it in rows:
 *
 *     x1 ──┬─▶ h1 ─────┬─▶ y
 *          │   a b c   │   u v
 *     x2 ──┴─▶ h2 ─────┘
 *              d e f
 *
 * Takes time in proportion to boxes and lines: some milliseconds for thousands.
 */
import type { Place, Placed, Unplaced } from './layout.js'

type Point = Placed['lines'][number][number]

/** Width by height that a drawing should have. */
const aspect = 1.7
const margin = 24
/** Between boxes of a column, columns of a rank, ranks, and bands. */
const [rowGap, columnGap, rankGap, bandGap] = [18, 40, 96, 64]
/** From a gate to what stands below it, and between those. */
const [below, between] = [22, 16]

/** A box, and below it the boxes that feed nothing else. */
interface Unit {
  readonly head: number
  readonly own: readonly number[]
  /** So many of its own stand side by side. */
  readonly across: number
  readonly width: number
  readonly height: number
}

/** Units one below the other; `rank` says which columns belong together. */
interface Column {
  readonly rank: number
  readonly units: readonly Unit[]
  readonly width: number
  readonly height: number
}

/** Where the layers of a graph put its boxes. */
export function layers({ sizes, lines }: Unplaced): Placed {
  const from: number[][] = sizes.map(() => [])
  const to: number[][] = sizes.map(() => [])
  for (const [source, target] of lines) {
    from[target]!.push(source)
    to[source]!.push(target)
  }
  const units = unitsOf(sizes, from, to)
  const ranks = ordered(ranksOf(units, from, to), from, to)
  const bands = wrapped(ranks)
  return drawn(bands, sizes, lines)
}

function unitsOf(sizes: Unplaced['sizes'], from: number[][], to: number[][]): Unit[] {
  const isOwn = (box: number) => from[box]!.length === 0 && to[box]!.length === 1
  const owned = from.map((sources) => {
    const own = sources.filter(isOwn)
    return own.length > 1 ? own : []
  })
  const inside = new Set(owned.flat())
  return sizes.flatMap(([width, height], head) => {
    if (inside.has(head)) return []
    const own = owned[head]!
    if (own.length === 0) return [{ head, own, across: 0, width, height }]
    const [wide, high] = cellOf(own, sizes)
    // A little wider than high, so that columns stay slender.
    const across = Math.max(
      1,
      Math.min(own.length, Math.round(Math.sqrt((own.length * high) / wide))),
    )
    const down = Math.ceil(own.length / across)
    return [
      {
        head,
        own,
        across,
        width: Math.max(width, across * (wide + between) - between) + 2 * between,
        height: height + below + down * (high + between / 2) + between,
      },
    ]
  })
}

function cellOf(own: readonly number[], sizes: Unplaced['sizes']): readonly [number, number] {
  return [
    Math.max(...own.map((box) => sizes[box]![0])),
    Math.max(...own.map((box) => sizes[box]![1])),
  ]
}

/** Each as far left as what it needs lets it; what needs nothing, just before its first use. */
function ranksOf(units: readonly Unit[], from: number[][], to: number[][]): Unit[][] {
  const rank = from.map(() => -1)
  const left = from.map((sources) => sources.length)
  const ready = from.flatMap((sources, box) => (sources.length === 0 ? [box] : []))
  let next = 0
  for (let done = 0; done < from.length;) {
    const box = ready.pop()
    if (box === undefined) {
      // A gate that depends on its own past: the circle is cut at its first box.
      while (rank[next] !== -1) next++
      ready.push(next)
      continue
    }
    if (rank[box] !== -1) continue
    rank[box] = Math.max(0, ...from[box]!.map((source) => rank[source]! + 1))
    done++
    for (const target of to[box]!) if (--left[target]! === 0) ready.push(target)
  }
  from.forEach((sources, box) => {
    const first = Math.min(...to[box]!.map((target) => rank[target]!))
    if (sources.length === 0 && Number.isFinite(first)) rank[box] = Math.max(0, first - 1)
  })
  const ranks: Unit[][] = []
  for (const unit of units) (ranks[rank[unit.head]!] ??= []).push(unit)
  return ranks.filter((row) => row !== undefined)
}

/** Few crossings: each stands at the mean of its neighbours, from both sides in turn. */
function ordered(ranks: Unit[][], from: number[][], to: number[][]): Unit[][] {
  const at = from.map(() => -1)
  const number = (row: readonly Unit[]) => {
    row.forEach(({ head, own }, index) => {
      const share = (index + 0.5) / row.length
      for (const box of [head, ...own]) at[box] = share
    })
  }
  const sort = (row: Unit[], near: number[][]) => {
    const means = new Map(
      row.map(({ head }) => {
        const places = near[head]!.map((box) => at[box]!).filter((place) => place >= 0)
        const sum = places.reduce((all, place) => all + place, 0)
        return [head, places.length === 0 ? at[head]! : sum / places.length]
      }),
    )
    row.sort((a, b) => means.get(a.head)! - means.get(b.head)!)
    number(row)
  }
  ranks.forEach(number)
  for (let sweep = 0; sweep < 3; sweep++) {
    for (const row of ranks) sort(row, from)
    for (const row of ranks.toReversed()) sort(row, to)
  }
  return ranks
}

/** Columns in bands, so that the whole has about the shape of a window. */
function wrapped(ranks: readonly (readonly Unit[])[]): Column[][] {
  let most = Math.max(...ranks.map((row) => heightOf(row)))
  let columns = columnsOf(ranks, most)
  if (widthOf(columns) > 1.4 * aspect * most) return banded(columns, most)
  let least = Math.max(...ranks.flat().map(({ height }) => height))
  for (let turn = 0; turn < 24; turn++) {
    const middle = (least + most) / 2
    columns = columnsOf(ranks, middle)
    if (widthOf(columns) > aspect * middle) least = middle
    else most = middle
  }
  return [columnsOf(ranks, most)]
}

function banded(columns: readonly Column[], height: number): Column[][] {
  const width = widthOf(columns)
  const count = Math.max(1, Math.round(Math.sqrt(width / (aspect * (height + bandGap)))))
  const bands: Column[][] = [[]]
  let used = 0
  for (const column of columns) {
    if (used > 0 && used + column.width > width / count) {
      bands.push([])
      used = 0
    }
    bands.at(-1)!.push(column)
    used += column.width + rankGap
  }
  return bands
}

/** Ranks that are higher than `height` go into several columns that are about as high. */
function columnsOf(ranks: readonly (readonly Unit[])[], height: number): Column[] {
  return ranks.flatMap((row, rank) => {
    const count = Math.max(1, Math.ceil(heightOf(row) / height))
    const each = heightOf(row) / count
    const columns: Unit[][] = []
    let used = 0
    for (const unit of row) {
      const at = Math.floor((used + unit.height / 2) / each)
      ;(columns[Math.min(at, count - 1)] ??= []).push(unit)
      used += unit.height + rowGap
    }
    return columns
      .filter((units) => units !== undefined)
      .map((units) => ({
        rank,
        units,
        width: Math.max(...units.map((unit) => unit.width)),
        height: heightOf(units),
      }))
  })
}

function heightOf(units: readonly Unit[]): number {
  return units.reduce((sum, { height }) => sum + height + rowGap, -rowGap)
}

function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { width }, at) => sum + width + gapBefore(columns, at), 0)
}

function gapBefore(columns: readonly Column[], at: number): number {
  if (at === 0) return 0
  return columns[at - 1]!.rank === columns[at]!.rank ? columnGap : rankGap
}

function drawn(
  bands: readonly (readonly Column[])[],
  sizes: Unplaced['sizes'],
  lines: Unplaced['lines'],
): Placed {
  const boxes: Place[] = []
  /** By box: the band and the column it is in, and the gate that it stands below. */
  const where: { band: number; column: number; head: number }[] = []
  const bottoms: number[] = []
  const cards: Place[] = []
  const inner = new Set<number>()
  let [width, top, number] = [0, margin, 0]
  bands.forEach((columns, band) => {
    const high = Math.max(...columns.map(({ height }) => height))
    let left = margin
    columns.forEach((column, at) => {
      left += gapBefore(columns, at)
      let y = top + (high - column.height) / 2
      for (const unit of column.units) {
        for (const [box, place] of placesOf(unit, left, y, sizes)) {
          boxes[box] = place
          where[box] = { band, column: number, head: unit.head }
        }
        if (unit.own.length > 0) cards.push(around(left, y, unit))
        y += unit.height + rowGap
      }
      left += column.width
      number++
    })
    width = Math.max(width, left)
    top += high
    bottoms.push(top)
    top += bandGap
  })
  return {
    width: width + margin,
    height: bottoms.at(-1)! + margin,
    // The middle of the first band.
    start: (margin + bottoms[0]!) / 2,
    boxes,
    cards,
    inner,
    lines: lines.map(([source, target], line) => {
      const [a, b] = [where[source]!, where[target]!]
      const [start, end] = [boxes[source]!, boxes[target]!]
      if (a.head === target && source !== target) {
        inner.add(line)
        return riser(start, end)
      }
      if (a.band === b.band && a.column < b.column) return across(start, end)
      return detour(start, end, bottoms[Math.min(a.band, b.band)]! + bandGap / 2)
    }),
  }
}

function* placesOf(
  { head, own, across: wide }: Unit,
  left: number,
  top: number,
  sizes: Unplaced['sizes'],
): Generator<readonly [number, Place]> {
  const [width, height] = sizes[head]!
  const inset = own.length === 0 ? 0 : between
  yield [head, { x: left + inset + width / 2, y: top + inset / 2 + height / 2, width, height }]
  if (own.length === 0) return
  const [cellWide, cellHigh] = cellOf(own, sizes)
  for (const [at, box] of own.entries()) {
    const [boxWide, boxHigh] = sizes[box]!
    yield [
      box,
      {
        x: left + inset + (at % wide) * (cellWide + between) + boxWide / 2,
        y:
          top +
          inset / 2 +
          height +
          below +
          Math.floor(at / wide) * (cellHigh + between / 2) +
          boxHigh / 2,
        width: boxWide,
        height: boxHigh,
      },
    ]
  }
}

function around(left: number, top: number, { width, height }: Unit): Place {
  return { x: left + width / 2, y: top + height / 2, width, height }
}

/** From the left of a box up to the gate above it: those of a column share their way. */
function riser(start: Place, end: Place): Point[] {
  const x = start.x - start.width / 2
  const channel = x - between / 2
  const bottom = end.y + end.height / 2
  const under = bottom + below / 2
  const into = Math.min(Math.max(channel, end.x - end.width / 2 + 12), end.x + end.width / 2 - 12)
  return tight([
    { x, y: start.y },
    { x: channel, y: start.y },
    { x: channel, y: under },
    { x: into, y: under },
    { x: into, y: bottom },
  ])
}

function across(start: Place, end: Place): Point[] {
  const [x1, x2] = [start.x + start.width / 2, end.x - end.width / 2]
  const bend = Math.min(60, (x2 - x1) / 2)
  return [
    { x: x1, y: start.y },
    { x: x1 + bend, y: start.y },
    { x: x2 - bend, y: end.y },
    { x: x2, y: end.y },
  ]
}

/** Between two bands, to what stands to the left or in another band. */
function detour(start: Place, end: Place, y: number): Point[] {
  const [x1, x2] = [start.x + start.width / 2, end.x - end.width / 2]
  return tight([
    { x: x1, y: start.y },
    { x: x1 + 24, y: start.y },
    { x: x1 + 24, y },
    { x: x2 - 24, y },
    { x: x2 - 24, y: end.y },
    { x: x2, y: end.y },
  ])
}

/** Lines bend from the middle between two points to the next: here no further than from a corner. */
function tight(points: readonly Point[]): Point[] {
  return points.flatMap((point, at) => {
    const [before, after] = [points[at - 1], points[at + 1]]
    if (before === undefined || after === undefined) return [point]
    return [near(point, before), point, near(point, after)]
  })
}

function near(corner: Point, other: Point): Point {
  const [dx, dy] = [other.x - corner.x, other.y - corner.y]
  const share = Math.min(0.4, 12 / (Math.hypot(dx, dy) || 1))
  return { x: corner.x + dx * share, y: corner.y + dy * share }
}
