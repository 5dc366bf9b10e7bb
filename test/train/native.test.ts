/** The adapters to the platform's own Observable and `EventTarget.when()`, in a real Chromium. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundled } from '../house/engines.js'
import { launch, noChromium } from '../studio/browser.js'
import type * as bundle from './native.js'

/** What the page has. */
declare const eagre: typeof bundle

const graph = `
inputs: [x]
targets: [t]
weights: { w: 0 }
gates: { y: w * x }
loss: (y - t)^2
train: { learning_rate: 0.25 }
`

describe.skipIf(noChromium() !== undefined)('in a browser', () => {
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    const script = await bundled('test/train/native.ts', 'eagre')
    browser = await launch()
    page = await browser.newPage()
    await page.addScriptTag({ content: script })
    expect(await page.evaluate(() => 'Observable' in globalThis)).toBe(true)
    // Building the bundle and starting a browser may take longer than ten seconds.
  }, 60_000)
  afterAll(() => browser.close())

  test('events of a target, by its own `when`, are learned from until nobody listens', async () => {
    const found = await page.evaluate((text) => {
      const target = new EventTarget()
      let own = 0
      const { when } = target as unknown as { when(...all: unknown[]): unknown }
      Object.assign(target, {
        when: (...all: unknown[]) => {
          own++
          return when.apply(target, all)
        },
      })
      const seen: unknown[] = []
      const learned = eagre
        .when<CustomEvent<{ x: number; t: number }>>(target, 'sample')
        .pipe(eagre.map(({ detail }) => detail))
        .pipe(eagre.parseGraph(text).learn({ budget: 1e9 }))
        .subscribe((one) => seen.push('outputs' in one && one.outputs['y']))
      const send = () => target.dispatchEvent(new CustomEvent('sample', { detail: { x: 1, t: 1 } }))
      for (let n = 0; n < 3; n++) send()
      learned.unsubscribe()
      send()
      return { own, seen }
    }, graph)
    expect(found).toEqual({ own: 1, seen: [0, 0.5, 0.75] })
  })

  test('predictions become a native Observable, and that one of RxJS again', async () => {
    const found = await page.evaluate(async (text) => {
      const graph = eagre.parseGraph(text)
      const samples = new eagre.Subject<{ x: number; t: number }>()
      const native = eagre.toNative(samples.pipe(graph.learn({ budget: 1e9 })))
      const isNative =
        native instanceof (globalThis as unknown as { Observable: Function }).Observable
      const seen: unknown[] = []
      const events: string[] = []
      const leaving = new AbortController()
      native.subscribe(
        { next: (one) => seen.push('outputs' in one && one.outputs['y']) },
        { signal: leaving.signal },
      )
      samples.next({ x: 1, t: 1 })
      samples.next({ x: 1, t: 1 })
      leaving.abort()
      const observed = samples.observed
      // What ends, and what fails, on both ways.
      const back = await new Promise((resolve) => {
        eagre
          .fromNative(eagre.toNative(eagre.of(1, 2, 3)))
          .pipe(eagre.toArray())
          .subscribe(resolve)
      })
      const failing = new eagre.Subject<number>()
      eagre.fromNative(eagre.toNative(failing)).subscribe({
        next: (n) => events.push(`next ${n}`),
        error: (error: Error) => events.push(`error ${error.message}`),
      })
      failing.next(1)
      failing.error(new Error('gone'))
      const ticking = new eagre.Subject<number>()
      eagre.fromNative(eagre.toNative(ticking)).pipe(eagre.take(1)).subscribe()
      ticking.next(1)
      return { isNative, seen, observed, back, events, ticking: ticking.observed }
    }, graph)
    expect(found).toEqual({
      isNative: true,
      seen: [0, 0.5],
      observed: false,
      back: [1, 2, 3],
      events: ['next 1', 'error gone'],
      ticking: false,
    })
  })

  test('a readable stream is read as it is learned from, and cancelled when nobody listens', async () => {
    const found = await page.evaluate(async (text) => {
      const graph = eagre.parseGraph(text)
      let [pulled, cancelled] = [0, false]
      const stream = new ReadableStream<{ x: number; t: number }>({
        pull: (controller) => {
          pulled++
          controller.enqueue({ x: 1, t: 1 })
        },
        cancel: () => {
          cancelled = true
        },
      })
      const seen: unknown[] = []
      for await (const one of eagre.toAsyncIterable(graph.learn()(stream as never))) {
        seen.push('outputs' in one && one.outputs['y'])
        if (seen.length === 3) break
      }
      await new Promise((resolve) => setTimeout(resolve))
      return { seen, few: pulled < 2000, cancelled }
    }, graph)
    expect(found).toEqual({ seen: [0, 0.5, 0.75], few: true, cancelled: true })
  })
})
