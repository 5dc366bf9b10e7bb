/** What a small run works on, as locals of its function. */
import { variablesOf } from '../code.js'
import { placeOf, type Assign, type Cell } from '../region.js'
import { learnedOf } from '../small.js'
import { fold, type Term } from '../term.js'
import type { Training, TrainingRange } from '../training.js'
import type { Calls } from './calls.js'
import type { Code, Lanes } from './code.js'
import type { Layout } from './layout.js'
import type { Element, Store } from './learn.js'
import { emitTerms, type Place } from './terms.js'

/** Every number of a small run is a local; what is read of a row is read where it lies. */
export class SmallStore implements Store {
  private readonly training: Training
  private readonly code: Code
  private readonly layout: Layout
  private readonly learned: readonly number[]
  private readonly locals = new Map<string, number>()
  private readonly written = new Set<string>()
  /** Cells that hold the same number in every step, as the gradient that is 1. */
  private readonly constants = new Map<string, Term>()

  constructor(training: Training, code: Code, layout: Layout) {
    this.training = training
    this.code = code
    this.layout = layout
    this.learned = learnedOf(training)
    for (const { targets } of this.assigns()) for (const cell of targets) this.written.add(cell)
  }

  /** Everything that stays through a call: the weights, the slots, values that no row has. */
  load(): void {
    const { code, layout } = this
    const load = (name: string, address: number) => {
      code.i32(0).access('f64.load', address).set(this.local(name))
    }
    for (const at of this.learned) load(`w${at}`, layout.blocks[0] + 8 * at)
    for (const cell of this.readCells()) {
      const { memory, offset } = placeOf(cell)
      if (memory === 'w' && !this.learned.includes(offset)) {
        load(cell, layout.blocks[0] + 8 * offset)
      }
      if (memory === 'v' && offset >= this.training.width && !this.written.has(cell)) {
        load(cell, layout.values + 8 * offset)
      }
    }
    this.eachKept((name, address) => load(name, address))
  }

  /** What the host must see after a call. */
  save(): void {
    const { code, layout } = this
    const save = (name: string, address: number) => {
      code.i32(0).get(this.local(name)).access('f64.store', address)
    }
    for (const at of this.learned) save(`w${at}`, layout.blocks[0] + 8 * at)
    this.eachKept(save)
  }

  assign({ targets, terms: given }: Assign, calls: Calls, row: number): void {
    const { code, constants } = this
    const terms = given.map((term) => fold(term, constants))
    targets.forEach((target, index) => {
      if (terms[index]!.type === 'constant') constants.set(target, terms[index]!)
      else constants.delete(target)
    })
    const read = (name: string) => this.read(name as Cell, row) // its terms are over cells
    emitTerms(code, calls, terms, 1, read, (index, push) => {
      push()
      code.set(this.local(targets[index]!))
    })
  }

  read(cell: Cell, row: number): void {
    const { code, training, written } = this
    const { memory, offset } = placeOf(cell)
    if (memory === 'v' && offset < training.width && !written.has(cell)) {
      code.get(row).access('f64.load', 8 * offset)
    } else code.get(this.local(cell))
  }

  each(
    { start, end }: TrainingRange,
    _vector: boolean,
    body: (element: Element, lanes: Lanes) => void,
  ): void {
    for (let at = start; at < end; at++) {
      body(
        {
          gradient: this.place(`g${at}`),
          sum: this.place(`sum${at}`),
          mean: this.place(`mean${at}`),
          weight: this.place(`w${at}`),
          nextWeight: this.place(`next${at}`),
          slot: (index) => this.place(`slot${index}_${at}`),
          nextSlot: (index) => this.place(`slot${index}_next${at}`),
        },
        1,
      )
    }
  }

  eachGradient(range: TrainingRange, body: (push: () => void, lanes: Lanes) => void): void {
    this.each(range, true, ({ gradient }, lanes) => body(() => gradient.read(), lanes))
  }

  commit(): void {
    for (const at of this.learned) {
      this.move(`next${at}`, `w${at}`)
      this.training.program.slots.forEach((_, index) => {
        this.move(`slot${index}_next${at}`, `slot${index}_${at}`)
      })
    }
  }

  private move(from: string, to: string): void {
    this.code.get(this.local(from)).set(this.local(to))
  }

  private eachKept(body: (name: string, address: number) => void): void {
    const { layout, learned, training } = this
    for (const at of learned) {
      body(`sum${at}`, layout.sum + 8 * at)
      training.program.slots.forEach((_, index) => {
        body(`slot${index}_${at}`, layout.blocks[0] + (index + 1) * layout.stride + 8 * at)
      })
    }
  }

  private readCells(): Set<Cell> {
    const { means, loss } = this.training
    const read = new Set<string>([...means, loss])
    for (const { terms } of this.assigns()) for (const name of variablesOf(terms)) read.add(name)
    return read as Set<Cell> // their terms are over cells
  }

  private assigns(): readonly Assign[] {
    const { forward, backward } = this.training.region
    return [...forward, ...backward] as readonly Assign[] // a small run has no others
  }

  private place(name: string): Place {
    const { code } = this
    return {
      read: () => code.get(this.local(name)),
      write: (push) => {
        push()
        code.set(this.local(name))
      },
    }
  }

  private local(name: string): number {
    let local = this.locals.get(name)
    if (local === undefined) this.locals.set(name, (local = this.code.local('f64')))
    return local
  }
}
