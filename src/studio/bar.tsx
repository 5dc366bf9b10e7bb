/** The bar at the top: what runs, and how it is driven. */
import { useEffect, useState } from 'preact/hooks'
import { exportImage, exportLosses, exportSvg, exportWeights } from './export.js'
import { gallery, textOf } from './gallery.js'
import { isAttached } from './connect.js'
import { ask } from './model.js'
import { remember } from './remember.js'
import {
  found,
  goal,
  graph,
  notice,
  phase,
  readonly,
  search,
  selected,
  snapshot,
  status,
} from './state.js'
import { count, exact, short } from './text.js'

interface Props {
  readonly svg: { readonly current: SVGSVGElement | null }
  open(text: string, file: string): void
}

export function Bar({ svg, open }: Props) {
  const shown = graph.value
  const now = status.value
  const playing = now?.activity === 'playing'
  const idle = shown === undefined || readonly.value || shown.untrainable !== undefined
  const [seed, setSeed] = useState<string | undefined>(undefined)
  useEffect(() => setSeed(undefined), [shown?.file, shown?.train.seed])
  const why = readonly.value ? 'this page may only look' : shown?.untrainable
  return (
    <header class="bar">
      <h1 title={shown && [shown.name, shown.description].filter(Boolean).join(': ')}>
        {shown?.name ?? 'eagre studio'}
      </h1>
      {gallery.value.length > 0 && <Gallery open={open} />}
      <div class="buttons" role="group" aria-label="training" title={why}>
        <button
          id="step"
          disabled={idle}
          aria-disabled={playing}
          onClick={() => !playing && void ask({ type: 'step' })}
        >
          Step
        </button>
        <button
          id="play"
          class="main"
          disabled={idle}
          aria-pressed={playing}
          onClick={() => void ask({ type: playing ? 'pause' : 'play' })}
        >
          {playing ? 'Pause' : 'Play'}
        </button>
        {/* A button that has the focus would lose it with "disabled". */}
        <button
          id="epoch"
          disabled={idle}
          aria-disabled={playing}
          onClick={() => !playing && void ask({ type: 'epoch' })}
        >
          Epoch
        </button>
        <button
          id="restart"
          disabled={idle}
          onClick={() => restart(seed, shown!.train.seed)}
          title="first weights again, drawn with this seed"
        >
          Restart
        </button>
        <label class="slider seed">
          seed
          <input
            id="seed"
            type="number"
            min={0}
            step={1}
            title="seed"
            disabled={idle}
            value={seed ?? shown?.train.seed ?? 0}
            onInput={({ currentTarget }) => setSeed(currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !idle) restart(seed, shown.train.seed)
            }}
          />
        </label>
      </div>
      <Pick />
      <Rate disabled={idle} />
      <Speed disabled={idle} />
      <dl class="facts">
        <Fact name="step" text={now === undefined ? '–' : String(now.step)} />
        <Fact name="epoch" text={now === undefined ? '–' : String(now.epoch)} />
        <Fact name="steps/s" text={now === undefined || now.pace === 0 ? '–' : count(now.pace)} />
        <Fact
          name="sample loss"
          text={short(snapshot.value?.loss)}
          title={exact(snapshot.value?.loss)}
        />
      </dl>
      <Search />
      <Menu svg={svg} />
      <span class="heard" aria-live="polite">
        {now?.activity === 'ended' ? `training has ended: ${now.stopped ?? 'stopped'}` : ''}
        {phase.value === 'loss' ? `loss ${short(snapshot.value?.loss)}` : ''}
      </span>
    </header>
  )
}

/** Enter goes to the next box that holds what was typed, with Shift to the one before. */
function Search() {
  const hits = found.value
  const [at, setAt] = useState(-1)
  const go = (by: number) => {
    // Of what is in the field now, which may not be drawn yet.
    const ids = [...(found.peek() ?? [])]
    if (ids.length === 0) return
    const next = (at + by + ids.length) % ids.length
    setAt(next)
    goal.value = ids[next]
    const node = graph.value?.nodes.findIndex(({ name }) => name === ids[next]) ?? -1
    if (node >= 0) selected.value = node
  }
  return (
    <div class="search">
      <input
        type="search"
        placeholder="find a node"
        aria-label="find a node"
        value={search.value}
        onInput={({ currentTarget }) => {
          search.value = currentTarget.value
          setAt(-1)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? (at < 0 ? 0 : -1) : 1)
        }}
      />
      <output aria-label="found">
        {hits === undefined ? '' : at < 0 ? hits.size : `${at + 1}/${hits.size}`}
      </output>
    </div>
  )
}

/** The same seed leaves the file as it is. */
function restart(typed: string | undefined, before: number): void {
  const seed = Number(typed ?? before)
  if (typed === '' || !Number.isSafeInteger(seed) || seed < 0) {
    notice.value = 'a seed is a whole number from 0'
  } else void ask({ type: 'restart', ...(seed !== before && { seed }) })
}

function Fact({ name, text, title }: { name: string; text: string; title?: string }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd data-fact={name}>{text}</dd>
    </div>
  )
}

function Gallery({ open }: { open(text: string, file: string): void }) {
  const choose = async (file: string) => {
    try {
      open(await textOf(file), file)
    } catch (error) {
      notice.value = error instanceof Error ? error.message : String(error)
    }
  }
  return (
    <select
      aria-label="graph"
      value={graph.value?.file}
      onChange={({ currentTarget }) => void choose(currentTarget.value)}
    >
      {gallery.value.map(({ file, name, description }) => (
        <option key={file} value={file} title={description}>
          {name}
        </option>
      ))}
    </select>
  )
}

/** Of a batch that runs as one step: whose numbers the nodes show. */
function Pick() {
  const { batch, sample = 0 } = snapshot.value ?? {}
  // What is being typed stays, however often the numbers of a model that runs are drawn.
  const [typed, setTyped] = useState<string | undefined>(undefined)
  if (batch === undefined) return null
  return (
    <label class="slider pick" title="the sample of the batch whose numbers the nodes show">
      sample of {batch}
      <input
        id="pick"
        type="number"
        min={1}
        max={batch}
        value={typed ?? sample + 1}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onBlur={() => setTyped(undefined)}
        onChange={({ currentTarget }) => {
          setTyped(undefined)
          void ask({ type: 'pick', sample: Number(currentTarget.value) - 1 })
        }}
      />
    </label>
  )
}

/** The learning rate on a scale of powers of ten. */
function Rate({ disabled }: { disabled: boolean }) {
  const base = status.value?.rate ?? graph.value?.train.learningRate ?? 0.01
  const [rate, setRate] = useState<number | undefined>(undefined)
  useEffect(() => setRate(undefined), [graph.value?.file, base])
  const now = rate ?? base
  return (
    <label class="slider">
      rate {short(now)}
      <input
        id="rate"
        type="range"
        min={-6}
        max={1}
        step={0.05}
        disabled={disabled}
        value={Math.log10(now)}
        onInput={({ currentTarget }) =>
          setRate(Number((10 ** Number(currentTarget.value)).toPrecision(3)))
        }
        onChange={() => void ask({ type: 'rate', value: now })}
      />
    </label>
  )
}

const speeds = [1, 2, 5, 20, 100, 1000, null] as const

function Speed({ disabled }: { disabled: boolean }) {
  const speed = status.value?.speed ?? null
  const at = speeds.findIndex((one) => one === speed)
  return (
    <label class="slider">
      speed {speed === null ? 'full' : `${speed}/s`}
      <input
        id="speed"
        type="range"
        min={0}
        max={speeds.length - 1}
        disabled={disabled}
        value={at < 0 ? speeds.length - 1 : at}
        onInput={({ currentTarget }) => {
          const next = speeds[Number(currentTarget.value)] ?? null
          void ask({ type: 'speed', stepsPerSecond: next })
        }}
      />
    </label>
  )
}

function Menu({ svg }: { readonly svg: Props['svg'] }) {
  const share = async () => {
    const address = await remember(true)
    try {
      await navigator.clipboard.writeText(address)
      notice.value =
        'the address is copied: it holds this graph, its seed and settings, not what it has learned'
    } catch {
      notice.value = 'the address of this page now holds this graph, its seed and settings'
    }
  }
  return (
    <details
      class="menu"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !event.currentTarget.open) return
        event.stopPropagation()
        event.currentTarget.open = false
        event.currentTarget.querySelector('summary')?.focus()
      }}
      onFocusOut={(event) => {
        // Elsewhere, not nowhere: saving a file takes the focus for a moment.
        const { currentTarget: menu, relatedTarget: to } = event
        if (to instanceof Node && !menu.contains(to)) menu.open = false
      }}
    >
      <summary>Share</summary>
      <div>
        {isAttached() ? (
          <small>An application runs this graph: no address holds it.</small>
        ) : (
          <button id="share" onClick={() => void share()}>
            Copy address
          </button>
        )}
        <button onClick={() => exportSvg(svg.current)}>Graph as SVG</button>
        <button onClick={() => void exportImage(svg.current)}>Graph as PNG</button>
        <button onClick={() => void exportWeights()}>Weights as JSON</button>
        <button onClick={exportLosses}>Losses as CSV</button>
      </div>
    </details>
  )
}
