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
  // What is called so comes first, then what begins so.
  const rank = (name: string) => (name === text ? 0 : name.startsWith(text) ? 1 : 2)
  const hits = shown.nodes
    .map(({ name }, index) => ({ name: name.toLowerCase(), box: drawn.boxOf[index]! }))
    .filter(({ name }) => name.includes(text))
    .sort((a, b) => rank(a.name) - rank(b.name))
  // What is folded in is found in the box that stands for it.
  return new Set(hits.map(({ box }) => box))
})
/** The part of the drawing that is in its frame: the frame's size, and how the drawing is moved. */
export const frame = signal({ x: 0, y: 0, scale: 1, width: 1, height: 1 })
/** Counts how often something has come into the frame, or nearer, that was not drawn before. */
export const appeared = signal(0)
/** Brings a box, or a point of the drawing, to the middle of the frame; `{ box }` just into sight. */
export const goal = signal<
  string | { readonly box: string } | { readonly x: number; readonly y: number } | undefined
>(undefined)
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

/** Lets the chosen node go; the focus goes back to its box, so that it is never nowhere. */
export function leave(): void {
  const index = selected.peek()
  const box = index === undefined ? undefined : view.peek()?.boxOf[index]
  selected.value = undefined
  if (box === undefined) return
  goal.value = { box }
  focusBox(box)
}

/** Gives a box the focus; without one, the box that Tab comes to. */
export function focusBox(id?: string): void {
  const asked = id === undefined ? null : document.querySelector<SVGElement>(`[data-box="${CSS.escape(id)}"]`) // prettier-ignore
  const box = asked ?? document.querySelector<SVGElement>('.box[tabindex="0"]')
  box?.focus({ preventScroll: true })
}
