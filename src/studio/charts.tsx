/** Loss, metrics and learning rate over the steps. What draws them is loaded after the page. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { effect } from '@preact/signals'
import type uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Point } from '../remote/protocol.js'
import { decimate } from './decimate.js'
import { graph, logarithmic, points, readonly } from './state.js'
import { short } from './text.js'

type Axis = 'step' | 'epoch'
type Columns = [number[], ...(number | null)[][]]

export function Charts() {
  const place = useRef<HTMLDivElement>(null)
  const [axis, setAxis] = useState<Axis>('step')
  const [series, setSeries] = useState<readonly string[]>([])
  // The learning rate has a scale of its own, and is no news as long as it stays.
  const [hidden, setHidden] = useState<readonly string[]>(['rate'])
  const [told, setTold] = useState<readonly (number | null | undefined)[]>([])
  const log = logarithmic.value
  useEffect(() => {
    const frame = place.current!
    let chart: uPlot | undefined
    let names = ''
    let pending = 0
    let Chart: typeof uPlot | undefined
    const draw = (all: readonly Point[]) => {
      if (Chart === undefined) return
      if (all.length === 0) {
        chart?.destroy()
        chart = undefined
        return
      }
      const found = seriesOf(all)
      const data = columns(all, axis, found, log, frame.clientWidth)
      const known = found.join()
      if (chart === undefined || known !== names) {
        chart?.destroy()
        names = known
        setSeries(found)
        const shown = found.map((name) => !hidden.includes(name))
        const tell = ({ cursor, data: [xs, ...rows] }: uPlot) => {
          const at = cursor.idx
          setTold(at === null || at === undefined ? [] : [xs[at], ...rows.map((row) => row[at])])
        }
        chart = new Chart(optionsOf(frame, found, shown, log, tell), data, frame)
      } else chart.setData(data)
    }
    const stop = effect(() => {
      const all = points.value
      cancelAnimationFrame(pending)
      pending = requestAnimationFrame(() => draw(all))
    })
    void import('uplot').then(({ default: loaded }) => {
      Chart = loaded
      if (frame.isConnected) draw(points.peek())
    })
    const sized = new ResizeObserver(() => {
      chart?.setSize({ width: frame.clientWidth, height: frame.clientHeight })
    })
    sized.observe(frame)
    return () => {
      stop()
      cancelAnimationFrame(pending)
      sized.disconnect()
      chart?.destroy()
    }
  }, [axis, log, hidden])
  return (
    <div class="charts">
      <div class="choices">
        <label>
          <input
            type="checkbox"
            checked={log}
            onChange={({ currentTarget }) => (logarithmic.value = currentTarget.checked)}
          />
          logarithmic
        </label>
        <label>
          by{' '}
          <select
            value={axis}
            onChange={({ currentTarget }) => setAxis(currentTarget.value as Axis)}
          >
            <option value="step">step</option>
            <option value="epoch">epoch</option>
          </select>
        </label>
        <small>drag to zoom, double click to see all</small>
        <div class="legend" role="group" aria-label="lines of the chart">
          {told.length > 0 && (
            <span>
              {axis} {told[0]}
            </span>
          )}
          {points.value.length > 0 &&
            series.map((name, at) => (
              <label key={name} style={`--colour:${colours[at % colours.length]}`}>
                <input
                  type="checkbox"
                  checked={!hidden.includes(name)}
                  onChange={({ currentTarget: { checked } }) =>
                    setHidden(checked ? hidden.filter((one) => one !== name) : [...hidden, name])
                  }
                />
                {name}
                {told[at + 1] !== undefined && <b>{short(told[at + 1])}</b>}
              </label>
            ))}
        </div>
      </div>
      {points.value.length === 0 && (
        <p class="none">
          {graph.value?.untrainable ??
            (readonly.value ? 'No losses yet.' : 'No losses yet: Step or Play makes some.')}
        </p>
      )}
      <div
        class="plot"
        ref={place}
        role="img"
        aria-label={`${series.filter((name) => !hidden.includes(name)).join(', ')} by ${axis}`}
      />
    </div>
  )
}

function seriesOf(all: readonly Point[]): string[] {
  const last = all.at(-1)
  const metrics = Object.keys(last?.metrics ?? {})
  const test = Object.keys(last?.test ?? {}).map((name) => `test ${name}`)
  return ['loss', ...metrics, ...test, 'rate']
}

function columns(
  all: readonly Point[],
  axis: Axis,
  series: readonly string[],
  log: boolean,
  width: number,
): Columns {
  const shown = decimate(all, Math.max(200, width))
  const read = (point: Point, name: string) => {
    if (name === 'loss') return point.loss
    if (name === 'rate') return point.rate
    return name.startsWith('test ') ? point.test?.[name.slice(5)] : point.metrics[name]
  }
  return [
    shown.map((point) => point[axis]),
    ...series.map((name) =>
      shown.map((point) => {
        const value = Number(read(point, name) ?? Number.NaN)
        // What has no logarithm is no point of that chart.
        return Number.isFinite(value) && !(log && value <= 0) ? value : null
      }),
    ),
  ]
}

/** Steps and epochs are whole: so are the distances between their marks. */
const whole = Array.from({ length: 13 }, (_, power) => [1, 2, 5].map((each) => each * 10 ** power)).flat() // prettier-ignore

/** uPlot numbers its scales, and its types have an enum that is not there at run time. */
const logScale: number = 3

const colours = ['#1f6feb', '#d97706', '#0d9488', '#9333ea', '#be185d', '#64748b']

function optionsOf(
  frame: HTMLElement,
  series: readonly string[],
  shown: readonly boolean[],
  log: boolean,
  tell: (chart: uPlot) => void,
): uPlot.Options {
  const ink = getComputedStyle(frame).color
  const grid = { stroke: 'rgba(128, 128, 128, 0.18)', width: 1 }
  const axis: uPlot.Axis = { stroke: ink, grid, ticks: grid, font: '11px system-ui' }
  return {
    width: frame.clientWidth,
    height: frame.clientHeight,
    scales: { x: { time: false }, y: log ? { distr: logScale } : {}, rate: {} },
    axes: [
      { ...axis, incrs: whole },
      { ...axis, size: 62 },
    ],
    // Half of the last number.
    padding: [null, 28, null, null],
    legend: { show: false },
    hooks: { setCursor: [tell] },
    cursor: { drag: { x: true, y: false } },
    series: [
      {},
      ...series.map((name, at): uPlot.Series => {
        const rate = name === 'rate'
        return {
          label: name,
          scale: rate ? 'rate' : 'y',
          show: shown[at]!,
          stroke: colours[at % colours.length]!,
          width: 1.5,
          dash: name.startsWith('test ') ? [5, 4] : [],
          spanGaps: true,
        }
      }),
    ],
  }
}
