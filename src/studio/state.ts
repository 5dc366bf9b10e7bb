/** What the page knows: one signal for each thing that changes by itself. */
import { computed, signal } from '@preact/signals'
import type { Point, ShownGraph, Snapshot, Status } from '../remote/protocol.js'
import { foldedView, groupsOf } from './fold.js'

export const graph = signal<ShownGraph | undefined>(undefined)
export const readonly = signal(false)
export const status = signal<Status | undefined>(undefined)
export const snapshot = signal<Snapshot | undefined>(undefined)
export const points = signal<readonly Point[]>([])
/** What went wrong last, for people. */
export const notice = signal<string | undefined>(undefined)
/** Whether the model can be reached. */
export const connected = signal(true)

/** Groups that are unfolded, by name. */
export const unfolded = signal<ReadonlySet<string>>(new Set())
/** Groups to unfold in the graph that comes first, as an address has them. */
export const recalled = signal<ReadonlySet<string> | undefined>(undefined)
/** The node that is looked at more closely, by its number. */
export const selected = signal<number | undefined>(undefined)
/** The node under the pointer, or that has the focus, by its number. */
export const hovered = signal<number | undefined>(undefined)
/** The cell of its tensor that is looked at, as it is typed: `1, 2`. */
export const cell = signal('')
/** What is typed in the search field. */
export const search = signal('')
/** Boxes that hold what is searched for. */
export const found = computed<ReadonlySet<string> | undefined>(() => {
  const text = search.value.trim().toLowerCase()
  const [shown, drawn] = [graph.value, view.value]
  if (text === '' || shown === undefined || drawn === undefined) return undefined
  const boxes = new Set<string>()
  // What is folded in is found in the box that stands for it.
  shown.nodes.forEach(({ name }, index) => {
    if (name.toLowerCase().includes(text)) boxes.add(drawn.boxOf[index]!)
  })
  return boxes
})
/** The part of the drawing that is in its frame: the frame's size, and how the drawing is moved. */
export const frame = signal({ x: 0, y: 0, scale: 1, width: 1, height: 1 })
/** Brings a box, or a point of the drawing, to the middle of the frame. */
export const goal = signal<string | { readonly x: number; readonly y: number } | undefined>(
  undefined,
)
/** The part of a step that is shown at the moment. */
export const phase = signal<'down' | 'loss' | 'up' | 'update' | undefined>(undefined)
export const panel = signal<'charts' | 'editor' | 'data' | undefined>('charts')
/** A file that was dropped on the page and is still to be read. */
export const dropped = signal<File | undefined>(undefined)
export const logarithmic = signal(false)

/** By node: the group that it is in. */
export const groups = computed(() =>
  graph.value === undefined ? undefined : groupsOf(graph.value),
)

/** What is drawn. */
export const view = computed(() => {
  const shown = graph.value
  const known = groups.value
  return shown === undefined || known === undefined
    ? undefined
    : foldedView(shown, known, unfolded.value)
})
