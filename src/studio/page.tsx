/** The page: the bar at the top, the graph, what is known of the chosen node, and the panels. */
import { useEffect, useRef } from 'preact/hooks'
import { Bar } from './bar.js'
import { Charts } from './charts.js'
import { DataPanel } from './data.js'
import { Drawing } from './drawing.js'
import { EditorPanel } from './editor.js'
import { Hint, Inspector } from './inspector.js'
import { ask } from './model.js'
import {
  connected,
  dropped,
  focusBox,
  graph,
  leave,
  notice,
  panel,
  phase,
  readonly,
  selected,
  snapshot,
  status,
  view,
} from './state.js'
import { exact } from './text.js'

interface Props {
  /** Shows another graph, where the page runs it itself. */
  open(text: string, file: string): void
}

export function Page({ open }: Props) {
  const svg = useRef<SVGSVGElement>(null)
  useEffect(() => {
    document.addEventListener('keydown', keys)
    return () => document.removeEventListener('keydown', keys)
  }, [])
  const shown = graph.value
  const boxes = view.value
  return (
    <div class="page" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Bar svg={svg} open={open} />
      {!connected.value && (
        <p class="notice lost" role="alert">
          The model cannot be reached. This page comes back by itself.
        </p>
      )}
      {notice.value !== undefined && (
        <p class="notice" role="alert">
          {notice.value}
          <button
            class="plain"
            aria-label="dismiss"
            onClick={() => {
              notice.value = undefined
              focusBox()
            }}
          >
            ×
          </button>
        </p>
      )}
      <main>
        {shown !== undefined && boxes !== undefined ? (
          <Drawing graph={shown} view={boxes} svg={svg} />
        ) : (
          <p class="waiting">Waiting for a graph …</p>
        )}
        <Phases />
        <Hint />
        {selected.value !== undefined && <Inspector />}
      </main>
      <Panels />
    </div>
  )
}

/** Wherever a file falls, it is data; else the browser would leave the page for it. */
function drop(event: DragEvent): void {
  event.preventDefault()
  const file = event.dataTransfer?.files[0]
  if (file === undefined || readonly.value) return
  panel.value = 'data'
  dropped.value = file
}

/** Which part of a step is being shown. */
function Phases() {
  const now = phase.value
  const names = { down: 'values ▸', loss: 'loss', up: '◂ gradients', update: 'update' } as const
  return (
    <ol class={`phases${now === undefined ? ' still' : ''}`} aria-label="the parts of a step">
      {Object.entries(names).map(([name, text]) => (
        <li
          key={name}
          class={now === name ? 'now' : ''}
          aria-current={now === name ? 'step' : undefined}
        >
          {text}
        </li>
      ))}
      <li class="what" title="What the numbers at the nodes are of">
        {snapshot.value === undefined
          ? ''
          : snapshot.value.made
            ? 'a step of the run'
            : 'a sample, nothing learned'}
      </li>
    </ol>
  )
}

function Panels() {
  const names = { charts: 'Charts', editor: 'Graph file', data: 'Data' } as const
  const now = panel.value
  return (
    <section class={`panels${now === undefined ? ' closed' : ''}`} aria-label="panels">
      <div class="tabs">
        <div role="tablist" aria-label="panels">
          {Object.entries(names).map(([name, text]) => (
            <button
              key={name}
              role="tab"
              id={`tab-${name}`}
              aria-selected={now === name}
              aria-controls={now === name ? 'panel' : undefined}
              class={now === name ? 'now' : ''}
              onClick={() =>
                (panel.value = now === name ? undefined : (name as keyof typeof names))
              }
            >
              {text}
            </button>
          ))}
        </div>
        <output class="loss" aria-label="loss">
          loss {status.value?.loss === 'NaN' ? '–' : exact(status.value?.loss)}
        </output>
      </div>
      {now !== undefined && (
        <div id="panel" role="tabpanel" aria-labelledby={`tab-${now}`} class="panel">
          {now === 'charts' && <Charts />}
          {now === 'editor' && <EditorPanel />}
          {now === 'data' && <DataPanel />}
        </div>
      )}
    </section>
  )
}

/** s: step, space: play or pause, e: an epoch, Escape: nothing chosen. */
function keys(event: KeyboardEvent): void {
  const at = event.target
  const typing =
    at instanceof HTMLElement && at.closest('input, textarea, select, .cm-editor') !== null
  if (event.key === 'Escape' && at instanceof HTMLElement && at.closest('.inspector') !== null)
    leave()
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return
  if (event.key === 'Escape' && selected.peek() !== undefined) leave()
  if (readonly.value) return
  if (event.key === 's') void ask({ type: 'step' })
  else if (event.key === 'e') void ask({ type: 'epoch' })
  else if (event.key === ' ' && !(at instanceof HTMLButtonElement) && !(at instanceof SVGElement)) {
    event.preventDefault()
    void ask({ type: status.value?.activity === 'playing' ? 'pause' : 'play' })
  }
}
