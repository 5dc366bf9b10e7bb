/** Everything that happens in a graph, as one stream. */
import { Observable, type Subject } from 'rxjs'
import { nameOf } from '../language/name.js'
import type { Fault, GradientMessage, UpdateMessage, ValueMessage } from '../network/message.js'
import type { Network } from '../network/network.js'
import type { Updates } from '../network/updates.js'
import type { TrainReport } from './report.js'

/** What `inspect` tells. */
export type GraphEvent =
  | ({ readonly type: 'value'; readonly node: string } & ValueMessage)
  | ({ readonly type: 'gradient'; readonly node: string } & GradientMessage)
  | ({ readonly type: 'update'; readonly node: string } & UpdateMessage)
  | ({ readonly type: 'fault' } & Fault)
  | { readonly type: 'report'; readonly report: TrainReport }

/** Taps every wire for as long as somebody is subscribed. Completes with the reports. */
export function inspectAll(
  network: Network,
  updates: Updates,
  faults: Subject<Fault>,
  reports: Subject<TrainReport>,
): Observable<GraphEvent> {
  return new Observable<GraphEvent>((subscriber) => {
    const { plan } = network.wiring
    plan.nodes.forEach(({ type }, index) => {
      const node = nameOf(plan, index)
      subscriber.add(
        network
          .valuesOf(index)
          .subscribe((message) => subscriber.next({ type: 'value', node, ...message })),
      )
      subscriber.add(
        network
          .gradientsOf(index)
          .subscribe((message) => subscriber.next({ type: 'gradient', node, ...message })),
      )
      if (type !== 'weight') return
      subscriber.add(
        updates
          .of(index)
          .subscribe((message) => subscriber.next({ type: 'update', node, ...message })),
      )
    })
    subscriber.add(faults.subscribe((fault) => subscriber.next({ type: 'fault', ...fault })))
    subscriber.add(
      reports.subscribe({
        next: (report) => subscriber.next({ type: 'report', report }),
        complete: () => subscriber.complete(),
      }),
    )
  })
}
