/**
 * What looking costs: steps a second of a model of 60 nodes at full speed without a page, served
 * to nobody, and with a page of a real Chromium attached; and how many frames a second that page
 * draws meanwhile; and what it costs a page to move two thousand boxes. The page runs in processes of its own: with `BENCH_CLOCK=cpu` the steps are
 * counted by the time of this process alone. Needs `npm run build` before.
 */
import { fileURLToPath } from 'node:url'
import type { CDPSession, Page } from 'playwright-core'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadGraph } from '../../src/node.js'
import { studio } from '../../src/studio.js'
import { findChromium, launch } from '../studio/browser.js'
import { network } from '../studio/network.js'
import { now, table } from './harness.js'

const folder = fileURLToPath(new URL('../../../../../dist/studio/', import.meta.url))
const rounds = 5
const seconds = 2

if (findChromium() === undefined) throw new Error('there is no Chromium on this machine')

const place = mkdtempSync(join(tmpdir(), 'eagre-bench-'))
const file = join(place, 'sixty.yaml')
writeFileSync(file, sixty())

const graph = await loadGraph(file)
const served = await studio(file, { folder })
const browser = await launch()
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
const paces: number[][] = [[], [], []]
const frames: number[] = []
const drawing: number[] = []
for (let round = 0; round <= rounds; round++) {
  const alone = await trained()
  const unseen = await played()
  const page = await context.newPage()
  await page.goto(served.url)
  await page.waitForSelector('.box .value')
  const cost = await costOf(page)
  const seen = await played(async () => frames.push(await framesOf(page)))
  const spent = await cost()
  await page.close()
  if (round === 0) {
    frames.pop()
    continue // warm-up
  }
  paces.forEach((list, at) => list.push([alone, unseen, seen][at]!))
  drawing.push(spent)
}
const moves = await moved()
await browser.close()
await served.close()
rmSync(place, { recursive: true })

const names = ['train() alone', 'studio, no page', 'studio, a page']
console.log(`${graph.plan.nodes.length} nodes, ${graph.engine?.engine}\n`)
console.log(
  table([
    ['', 'steps a ms', 'of alone'],
    ...names.map((name, at) => {
      const ratio = median(paces[at]!.map((pace, round) => pace / paces[0]![round]!))
      return [name, median(paces[at]!).toFixed(0), `${(100 * ratio).toFixed(1)} %`]
    }),
  ]),
)
console.log(`\nframes a second: ${median(frames).toFixed(1)}, the least ${Math.min(...frames).toFixed(1)}`) // prettier-ignore
console.log(`the page's own work for a frame: ${median(drawing).toFixed(2)} ms of 20`)

console.log('\n2,000 boxes while one moves them:\n')
console.log(
  table([
    ['', 'frames a second', 'ms of the page for a frame'],
    ...moves.map(([name, pace, spent]) => [name, pace.toFixed(1), spent.toFixed(2)]),
  ]),
)

/** Pans and zooms a page with two thousand boxes, at first and from afar. */
async function moved(): Promise<readonly (readonly [string, number, number])[]> {
  const many = join(place, 'many.yaml')
  writeFileSync(many, network(8, 60, 24, 1))
  const own = await studio(many, { folder })
  const page = await context.newPage()
  await page.goto(own.url)
  await page.waitForSelector('.box .value')
  const gestures = {
    pan: 'move(600 + 200 * Math.sin(count / 20), 300 + 60 * Math.cos(count / 25))',
    zoom: 'turn(24 * Math.sin(count / 15))',
  }
  const rows: [string, number, number][] = []
  for (const where of ['as it begins', 'all in sight']) {
    if (where === 'all in sight') await page.keyboard.press('0')
    for (const [name, gesture] of Object.entries(gestures)) {
      await wait(500)
      const cost = await costOf(page)
      const pace = await framesOf(page, gesture)
      rows.push([`${name}, ${where}`, pace, await cost()])
    }
  }
  await page.close()
  await own.close()
  return rows
}

/** Steps a millisecond of a run of the graph. */
async function trained(): Promise<number> {
  let step = 0
  const run = graph.train().subscribe((report) => (step = report.step))
  await wait(300)
  const [begun, from] = [now(), step]
  await wait(seconds * 1000)
  const pace = (step - from) / (now() - begun)
  run.unsubscribe()
  return pace
}

/** Of one that the studio plays. */
async function played(meanwhile?: () => Promise<unknown>): Promise<number> {
  await command({ type: 'restart' })
  await command({ type: 'play' })
  await wait(300)
  const [begun, from] = [now(), await stepOf()]
  await (meanwhile?.() ?? wait(seconds * 1000))
  const pace = ((await stepOf()) - from) / (now() - begun)
  await command({ type: 'pause' })
  return pace
}

function command(told: object): Promise<unknown> {
  const token = /token=(.*)/.exec(served.url)![1]!
  const headers = { 'content-type': 'application/json', 'x-token': token }
  const options = { method: 'POST', headers, body: JSON.stringify(told) }
  return fetch(new URL('/command', served.url), options).then((response) => response.json())
}

/** How far the model is, as a page that comes now is told. */
async function stepOf(): Promise<number> {
  const { body } = await fetch(new URL('/events', served.url))
  const reader = body!.getReader()
  let text = ''
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    text += new TextDecoder().decode(value)
    const found = /"type":"status".*?"step":(\d+)/.exec(text)
    if (found === null) continue
    await reader.cancel()
    return Number(found[1])
  }
  throw new Error('the model said nothing')
}

/** Frames a second that a page is given to draw, while something is done before each. */
async function framesOf(page: Page, gesture = ''): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const stage = document.querySelector('.stage')
    const init = { bubbles: true, cancelable: true, pointerId: 1, clientX: 600, clientY: 300 }
    const move = (clientX, clientY) => dispatchEvent(new PointerEvent('pointermove', { ...init, clientX, clientY }))
    const turn = (deltaY) => stage.dispatchEvent(new WheelEvent('wheel', { ...init, deltaY }))
    let count = 0
    let begun
    stage.dispatchEvent(new PointerEvent('pointerdown', init))
    const next = (time) => {
      begun ??= time
      if (time - begun < ${seconds * 1000}) {
        count++
        ${gesture}
        return requestAnimationFrame(next)
      }
      dispatchEvent(new PointerEvent('pointerup', init))
      resolve((count * 1000) / (time - begun))
    }
    requestAnimationFrame(next)
  })`)
}

/** Milliseconds that the main thread of a page works for a frame of a sixtieth of a second. */
async function costOf(page: Page): Promise<() => Promise<number>> {
  const session: CDPSession = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')!.value
  }
  const [begun, from] = [performance.now(), await read()]
  return async () => ((((await read()) - from) * 1000) / (performance.now() - begun)) * (1000 / 60)
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}

/** Two layers of single numbers. */
function sixty(): string {
  const units = [0, 1, 2, 3, 4, 5]
  const weights = units.flatMap((at) => [`a${at}: ${0.3 * at - 0.5}`, `b${at}: 0.1`, `v${at}: ${0.4 - 0.2 * at}`]) // prettier-ignore
  const gates = units.map((at) => `  h${at}: tanh(a${at} * x + b${at} * z)`)
  return [
    'name: sixty',
    'inputs: { x: 0.5, z: -0.3 }',
    'targets: { t: 0.2 }',
    `weights: { ${weights.join(', ')}, c: 0 }`,
    'gates:',
    ...gates,
    ...units.map((at) => `  k${at}: sigmoid(h${at} * v${at})`),
    `  y: ${units.map((at) => `k${at}`).join(' + ')} + c`,
    'loss: (t - y)^2',
    'train: { epochs: 1000000000000, learning_rate: 0.000001 }',
    '',
  ].join('\n')
}
