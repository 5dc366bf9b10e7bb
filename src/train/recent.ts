/** The scores of the last predictions: what they are made from is kept, and counted when asked for. */
import type { Wiring } from '../network/wiring.js'
import { tally } from './measures.js'
import { placeOf, type Answered, type MeansOptions } from './means.js'
import type { Scores } from './progressive.js'

interface Column {
  readonly weight: boolean
  readonly offset: number
  readonly size: number
}

/** A ring of rows: the loss, the metrics, and of each measure the prediction and the target. */
export class Recent {
  private readonly options: MeansOptions
  private readonly columns: readonly Column[]
  private readonly width: number
  private readonly size: number
  private readonly rows: Float64Array
  private next = 0
  private count = 0

  constructor(wiring: Wiring, options: MeansOptions, size: number) {
    this.options = options
    const { loss, metrics, measures } = options
    const nodes = [
      ...[loss, ...metrics.values()],
      ...measures.flatMap(({ prediction, target }) => [prediction, target]),
    ]
    this.columns = nodes.map((node) => ({ ...placeOf(wiring, node), size: wiring.sizes[node]! }))
    this.width = this.columns.reduce((sum, column) => sum + column.size, 0)
    this.size = size
    this.rows = new Float64Array(size * this.width)
  }

  add({ values, weights }: Answered): void {
    let at = this.next * this.width
    for (const { weight, offset, size } of this.columns) {
      const memory = weight ? weights : values
      for (let i = 0; i < size; i++) this.rows[at++] = memory[offset + i]!
    }
    this.next = (this.next + 1) % this.size
    this.count = Math.min(this.size, this.count + 1)
  }

  /** In the order in which they came. */
  scores(): Scores {
    const { metrics: nodes, measures } = this.options
    const { rows, width, columns, count } = this
    const order = Array.from(
      { length: count },
      (_, at) => ((this.next - count + at + this.size) % this.size) * width,
    )
    const mean = (column: number) =>
      order.reduce((sum, row) => sum + rows[row + column]!, 0) / count
    const metrics: Record<string, number> = Object.create(null)
    let column = 1
    for (const name of nodes.keys()) metrics[name] = mean(column++)
    measures.forEach(({ name, measure }, at) => {
      const [prediction, target] = [0, 1].map((port) => columns[1 + nodes.size + 2 * at + port]!)
      const counted = tally(measure, prediction!.size)
      for (const row of order) {
        counted.add(rows, row + column, prediction!.size, row + column + prediction!.size)
      }
      metrics[name] = counted.value()
      column += prediction!.size + target!.size
    })
    return { samples: count, loss: mean(0), metrics }
  }
}
