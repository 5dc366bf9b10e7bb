/** What was made for a training run, for the next one of the same graph that is made alike. */
import type { EngineName } from '../kernel/enginenames.js'
import { engines } from '../kernel/engines.js'
import type { StartKernel, Training } from '../kernel/training.js'
import type { Network } from '../network/network.js'

/** A run as data, and what executes it, made when it is asked for. */
export class Prepared {
  private readonly make: () => Training | string
  private readonly count: () => number | undefined
  private made: Training | string | undefined
  private readonly starts = new Map<EngineName, StartKernel | string>()

  constructor(make: () => Training | string, count: () => number | undefined) {
    this.make = make
    this.count = count
  }

  /** A text where no kernel can be: it says why. */
  get training(): Training | string {
    return (this.made ??= this.make())
  }

  /** How many gates its steps have where all of them compute single numbers: that is known sooner. */
  get single(): number | undefined {
    return this.made === undefined ? this.count() : undefined
  }

  /** What begins runs by an engine, where it is there already. */
  kept(engine: keyof typeof engines): StartKernel | undefined {
    const start = this.starts.get(engine)
    return typeof start === 'string' ? undefined : start
  }

  /** What begins runs by an engine; a text says why it cannot be. */
  by(engine: keyof typeof engines): StartKernel | string {
    if (typeof this.training === 'string') return this.training
    let start = this.starts.get(engine)
    if (start === undefined) this.starts.set(engine, (start = engines[engine](this.training)))
    return start
  }
}

/**
 * What `make` gives, unless it has been made for this network and this key before. The key holds
 * everything that a training is made from beside the network, which has one run at a time.
 */
export function prepared(
  network: Network,
  key: readonly unknown[],
  make: () => Prepared,
): Prepared {
  let entries = kept.get(network)
  if (entries === undefined) kept.set(network, (entries = []))
  const found = entries.findIndex((entry) => {
    return entry.key.every((part, at) => Object.is(part, key[at]))
  })
  const [entry = { key, made: make() }] = found < 0 ? [] : entries.splice(found, 1)
  entries.push(entry)
  if (entries.length > mostKept) entries.shift()
  return entry.made
}

interface Entry {
  readonly key: readonly unknown[]
  readonly made: Prepared
}

const kept = new WeakMap<Network, Entry[]>()
const mostKept = 4
