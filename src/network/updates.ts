/** Tells subscribers when weights have changed. */
import type { Observable } from 'rxjs'
import type { UpdateMessage } from './message.js'
import type { Network } from './network.js'
import { Channel } from './tap.js'
import { readValue } from './weights.js'

/** The update streams of all weights of a network; those of nobody cost nothing. */
export class Updates {
  private readonly channels = new Map<number, Channel<UpdateMessage>>()
  private readonly network: Network
  private closed = false
  private readonly threw: (node: number, error: unknown) => void

  constructor(network: Network, threw: (node: number, error: unknown) => void) {
    this.network = network
    this.threw = threw
  }

  of(index: number): Observable<UpdateMessage> {
    let channel = this.channels.get(index)
    if (channel === undefined) {
      channel = new Channel<UpdateMessage>({
        now: () => this.network.admitted,
        threw: (error) => this.threw(index, error),
      })
      if (this.closed) channel.close()
      this.channels.set(index, channel)
    }
    return channel.messages
  }

  /** Whether somebody watches any weight. */
  get watched(): boolean {
    for (const channel of this.channels.values()) if (channel.tapped) return true
    return false
  }

  /** An update has been made, of the weights that learn. */
  send(learning: Uint8Array): void {
    const { state, wiring, admitted } = this.network
    for (const [index, channel] of this.channels) {
      if (!channel.tapped || learning[index] !== 1) continue
      const { shape } = wiring.plan.nodes[index]!
      const offset = wiring.offsets[index]!
      channel.send(admitted, state.updates, () => ({
        update: state.updates,
        value: readValue(state.weights, offset, shape),
      }))
    }
  }

  close(): void {
    this.closed = true
    for (const channel of this.channels.values()) channel.close()
  }
}
