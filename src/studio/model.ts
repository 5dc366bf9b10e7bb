/** What comes from the model goes to the signals of the page; what the page asks for goes there. */
import { batch, signal } from '@preact/signals'
import type { Answer, Command, Event } from '../remote/protocol.js'
import { readingCommands } from '../remote/protocol.js'
import type { Connection } from './connect.js'
import { groupsOf, unfoldedAtFirst } from './fold.js'
import {
  graph,
  groups,
  hovered,
  notice,
  points,
  readonly,
  recalled,
  selected,
  snapshot,
  status,
  unfolded,
} from './state.js'

/** The model that the page shows at the moment. */
export const connection = signal<Connection | undefined>(undefined)

/** So many points fit into the charts. */
const mostPoints = 16_000

/** Commands whose refusals are shown where they were asked for. */
const answered: ReadonlySet<Command['type']> = new Set([
  'apply',
  'preview',
  'check',
  'explain',
  'tensor',
  'sample',
  'weight',
])

/** Asks the model for something; what goes wrong is told at the top of the page. */
export async function ask(command: Command): Promise<Answer> {
  const to = connection.value
  if (to === undefined) return { ok: false, message: 'no model is connected' }
  const answer = await to.send(command)
  // Looking on leaves what was said before; what is wrong with a text is said beside it.
  if (!answer.ok && !answered.has(command.type)) notice.value = answer.message
  else if (answer.ok && !readingCommands.has(command.type)) notice.value = undefined
  return answer
}

/** Whoever serves a model draws another token each time. */
const startedAnew =
  'The model was started anew, and this page may only look now. ' +
  'To change it, open the address that it was started with this time.'

/** Takes an event of the model in. */
export function receive(event: Event): void {
  batch(() => {
    switch (event.type) {
      case 'graph': {
        const before = graph.value
        const same = before !== undefined && before.file === event.graph.file
        const known = groups.peek()?.sizes
        graph.value = event.graph
        if (before !== undefined && event.readonly && !readonly.value) notice.value = startedAnew
        readonly.value = event.readonly
        const open = unfoldedAtFirst(event.graph, groupsOf(event.graph))
        const { sizes } = groups.value!
        const kept =
          recalled.value ??
          (same
            ? [...unfolded.value, ...[...open].filter((name) => known?.has(name) !== true)]
            : [...open])
        unfolded.value = new Set([...kept].filter((name) => sizes.has(name)))
        recalled.value = undefined
        const name = selected.value === undefined ? undefined : before?.nodes[selected.value]?.name
        const now = event.graph.nodes.findIndex((node) => node.name === name)
        selected.value = now < 0 ? undefined : now
        hovered.value = undefined
        snapshot.value = undefined
        break
      }
      case 'status':
        status.value = event.status
        break
      case 'snapshot':
        snapshot.value = event.snapshot
        break
      case 'points': {
        const all = event.fresh ? event.points : [...points.value, ...event.points]
        points.value = all.length > mostPoints ? all.slice(-mostPoints) : all
        break
      }
      case 'fault':
        notice.value = event.message
        break
    }
  })
}
