/** What was made for a training run, for the next one of the same graph that is made alike. */
import type { EngineName } from '../kernel/enginenames.js'
import { engines } from '../kernel/engines.js'
import type { StartKernel, Training } from '../kernel/training.js'
import type { Network } from '../network/network.js'

/** A run as data, and what executes it, made when it is asked for. */
export class Prepared {
  /** A text where no kernel can be: it says why. */
  readonly training: Training | string
  private readonly starts = new Map<EngineName, StartKernel | string>()

  constructor(training: Training | string) {
    this.training = training
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
  make: () => Training | string,
): Prepared {
  let entries = kept.get(network)
  if (entries === undefined) kept.set(network, (entries = []))
  const found = entries.findIndex((entry) => {
    return entry.key.every((part, at) => Object.is(part, key[at]))
  })
  const [entry = { key, made: new Prepared(make()) }] = found < 0 ? [] : entries.splice(found, 1)
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
