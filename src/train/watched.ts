/**
 * Kernels for the steps of a run that somebody watches. They leave every value and every gradient
 * of a step in its frame, as the gates one by one do, and the network sends them from there.
 */
import type { EngineName } from '../kernel/enginenames.js'
import { canGenerate } from '../kernel/javascript.js'
import type { StepKernel } from '../kernel/drive.js'
import { lowerRegion } from '../kernel/lower.js'
import type { Region } from '../kernel/region.js'
import { interpretRegion } from '../kernel/runinterpret.js'
import { generateRegion } from '../kernel/runjavascript.js'
import type { LiveFrame } from '../network/frame.js'
import type { Route } from '../network/route.js'
import { bind, type Wiring } from '../network/wiring.js'

// To make a kernel takes as long as it saves in so many steps; of a large graph, too long for one
// turn of the event loop.
const fewSteps = 200
const largeGraph = 1000

/** By the way of the gradients, which differs with what is watched; closures, and generated code. */
const closures = new WeakMap<Route, Made>()
const generated = new WeakMap<Route, Made>()

export class Watched {
  /** Steps that were made in these kernels. */
  steps = 0
  private readonly engine: EngineName
  private readonly asked: boolean

  /** `engine` executes the steps that nobody watches; `asked`: it was asked for. */
  constructor(engine: EngineName, asked: boolean) {
    this.engine = engine
    this.asked = asked
  }

  /** Lets a kernel make this step, whose sources are about to come all at once. */
  attach(frame: LiveFrame): void {
    const { engine, asked } = this
    const { route, circuit } = frame
    if (engine === 'live' || route === undefined) return
    const generates = engine !== 'interpret' && canGenerate()
    const known = generates ? generated : closures
    let made = known.get(route)
    if (made === undefined) {
      made = { wait: waitFor(circuit.wiring, route), kernel: undefined }
      known.set(route, made)
    }
    if (made.wait > 0 && !(asked && made.wait < Infinity)) return void made.wait--
    made.kernel ??= kernelOf(circuit.wiring, route, generates ? generateRegion : interpretRegion)
    frame.together = made.kernel
    this.steps++
  }
}

/** How many steps the network makes first; infinitely many where it makes them all. */
function waitFor({ count, firstGate, delays, sparse }: Wiring, { active }: Route): number {
  // Gradients go back to steps before, or the rows of a table are added up that a step has used.
  const special = delays.depth > 0 || sparse.some((node, at) => node !== undefined && active[at] === 1) // prettier-ignore
  return special || count - firstGate > largeGraph ? Infinity : fewSteps
}

function kernelOf(wiring: Wiring, way: Route, execute: (region: Region) => StepKernel): StepKernel {
  return execute(
    lowerRegion({ layout: wiring, way, bind: (index, answers) => bind(wiring, index, answers) }),
  )
}

interface Made {
  /** Steps until it is worth making. */
  wait: number
  kernel: StepKernel | undefined
}
