/**
 * Kernels for the steps of a run that somebody watches. They leave every value and every gradient
 * of a step in its frame, as the gates one by one do, and the network sends them from there.
 */
import type { EngineName } from '../kernel/enginenames.js'
import { canGenerate } from '../kernel/javascript.js'
import type { StepKernel } from '../kernel/drive.js'
import { lowerRegion } from '../kernel/lower.js'
import { interpretRegion } from '../kernel/runinterpret.js'
import { generateRegion } from '../kernel/runjavascript.js'
import type { LiveFrame } from '../network/frame.js'
import type { Route } from '../network/route.js'
import { bind, type Wiring } from '../network/wiring.js'

// The first thousands of steps of a kernel are no faster than the network, until the platform has
// optimized what was generated. To make one of a large graph takes too long for one turn of the event loop.
const fewSteps = 2000
const largeGraph = 2000

/** By the way of the gradients, which differs with what is watched; a later run goes on with them. */
const known = new WeakMap<Route, Made>()

export class Watched {
  /** Steps that were made in these kernels. */
  steps = 0
  private readonly engine: EngineName
  private readonly wait: number

  /** `engine` executes the steps that nobody watches; `asked`: it was asked for. */
  constructor(engine: EngineName, asked: boolean) {
    this.engine = engine
    this.wait = asked ? 0 : fewSteps
  }

  /** Lets a kernel make this step, whose sources are about to come all at once. */
  attach(frame: LiveFrame): void {
    const { engine } = this
    const { route, circuit } = frame
    if (engine === 'live' || route === undefined) return
    let made = known.get(route)
    if (made === undefined || made.engine !== engine) {
      const wait = isSpecial(circuit.wiring, route) ? Infinity : this.wait
      known.set(route, (made = { engine, wait, kernel: undefined }))
    }
    if (made.wait > 0) return void made.wait--
    made.kernel ??= kernelOf(circuit.wiring, route, engine)
    frame.together = made.kernel
    this.steps++
  }
}

/** Left to the network: gradients that go back to steps before, tables of which it adds up the used rows, large graphs. */
function isSpecial({ count, firstGate, delays, sparse }: Wiring, { active }: Route): boolean {
  if (delays.depth > 0 || count - firstGate > largeGraph) return true
  return sparse.some((node, at) => node !== undefined && active[at] === 1)
}

function kernelOf(layout: Wiring, way: Route, engine: EngineName): StepKernel {
  const region = lowerRegion({ layout, way, bind: (...place) => bind(layout, ...place) })
  return engine !== 'interpret' && canGenerate() ? generateRegion(region) : interpretRegion(region)
}

interface Made {
  readonly engine: EngineName
  /** Steps until it is worth making. */
  wait: number
  kernel: StepKernel | undefined
}
