/** One long walk through the whole page with the keys alone: the focus is always seen, and never lost. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readShared } from '../../src/studio/share.js'
import { root } from '../house/files.js'
import { launch, noChromium } from './browser.js'
import { serveFiles, type Host } from './host.js'
import { fact, numbersOf, visit } from './visit.js'

const skipped = noChromium()
let browser: Browser
let host: Host

beforeAll(async () => {
  if (skipped !== undefined) return
  browser = await launch()
  host = await serveFiles(join(root, 'dist/studio'), '/demo/')
})

afterAll(async () => {
  host?.close()
  await browser?.close()
})

/** What has the focus: how it is called, and whether one can see that it has it. */
async function focus(page: Page): Promise<string> {
  const [name, seen] = await page.evaluate<[string, boolean]>(`(() => {
    const at = document.activeElement
    if (at === null || at === document.body) return ['nothing', false]
    const { left, top, right, bottom } = at.getBoundingClientRect()
    const inside = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight
    const marked = (element) => {
      const { outlineStyle, strokeWidth } = getComputedStyle(element)
      return outlineStyle !== 'none' || parseFloat(strokeWidth) >= 3
    }
    const ring = at.matches('.box') ? at.querySelector('.frame') : at.closest('.cm-editor') ?? at
    const name = at.dataset.box ?? (at.id || at.getAttribute('aria-label') || at.textContent.trim())
    return [name, inside && marked(ring)]
  })()`)
  expect(seen, `the focus on ${name} is seen`).toBe(true)
  return name
}

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, wanted: string, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  const seen: string[] = []
  for (let press = 0; press < 40; press++) {
    await page.keyboard.press(key)
    const name = await page.evaluate<string>("document.activeElement === document.body ? '' : 'on'") // the end of the page
    if (name === '') continue
    seen.push(await focus(page))
    if (seen.at(-1) === wanted) return
  }
  throw new Error(`Tab does not come to ${wanted}, but to ${seen.join(', ')}`)
}

describe.skipIf(skipped !== undefined)('with the keys alone', () => {
  test('one opens a graph, runs, looks, changes, edits, saves and shares it', async () => {
    const { page, wrong, context } = await visit(browser, host.url, { height: 900 })
    const press = (key: string) => page.keyboard.press(key)
    const saved = async () => (await page.waitForEvent('download')).suggestedFilename()

    // A graph of the gallery.
    await tabTo(page, 'graph')
    await page.keyboard.type('line')
    await expect.poll(() => page.locator('h1').textContent()).toBe('line')
    expect(await focus(page)).toBe('graph')
    await press('End')
    await press('ArrowUp')
    await expect.poll(() => page.locator('h1').textContent()).toBe('tanh-neuron')

    // Step, play, pause.
    await tabTo(page, 'step')
    await press('Enter')
    await expect.poll(() => fact(page, 'step')).toBe('1')
    expect(await focus(page)).toBe('step')
    await tabTo(page, 'speed')
    await press('ArrowLeft')
    await expect.poll(() => page.locator('label:has(#speed)').innerText()).toBe('speed 1000/s')
    await tabTo(page, 'play', 'Shift+Tab')
    await press('Enter')
    await expect.poll(async () => Number(await fact(page, 'step'))).toBeGreaterThan(100)
    await press('Enter')
    await expect.poll(() => page.locator('#play').textContent()).toBe('Play')
    expect(await focus(page)).toBe('play')
    await tabTo(page, 'epoch')
    const before = Number(await fact(page, 'step'))
    await press('Enter')
    await expect.poll(async () => Number(await fact(page, 'step'))).toBeGreaterThan(before)
    expect(await focus(page)).toBe('epoch')

    // A node is searched, folded and unfolded, and walked on from.
    await tabTo(page, 'find a node')
    await page.keyboard.type('o.x')
    await press('Enter')
    await expect.poll(() => page.locator('.inspector h2').textContent()).toBe('o.x')
    await tabTo(page, 'o.x')
    await press('f')
    await expect.poll(() => page.locator('[data-box="o.x.a"]').count()).toBe(0)
    expect(await focus(page)).toBe('o.x')
    await press('f')
    await expect.poll(() => page.locator('[data-box="o.x.a"]').count()).toBe(1)
    expect(await focus(page)).toBe('o.x')
    await press('Escape')
    await expect.poll(() => page.locator('.inspector').count()).toBe(0)
    expect(await focus(page)).toBe('o.x')
    for (const [arrow, sign] of [
      ['ArrowLeft', -1],
      ['ArrowRight', 1],
      ['ArrowLeft', -1],
      ['ArrowLeft', -1],
    ] as const) {
      // prettier-ignore
      const left = async (name: string) => (await page.locator(`[data-box="${name}"]`).boundingBox())!.x // prettier-ignore
      const from = await focus(page)
      await press(arrow)
      const to = await focus(page)
      expect(Math.sign((await left(to)) - (await left(from)))).toBe(sign)
    }
    const find = async (name: string) => {
      await tabTo(page, 'find a node', 'Shift+Tab')
      await press('Control+A')
      await page.keyboard.type(name)
      await press('Enter')
      await expect.poll(() => page.locator('.inspector h2').textContent()).toBe(name)
    }

    // A weight is edited, frozen and reset.
    await find('w1')
    await tabTo(page, 'close')
    await press('Tab')
    await focus(page)
    await press('Control+A')
    await page.keyboard.type('0.25')
    await press('Enter')
    await expect.poll(async () => (await numbersOf(page, 'w1')).value).toBe(0.25)
    await press('Tab')
    await focus(page)
    await press('Space')
    await expect.poll(() => page.locator('.inspector .kind').textContent()).toContain('frozen')
    await focus(page)
    await press('Space')
    await expect.poll(() => page.locator('.inspector .kind').textContent()).not.toContain('frozen')
    await tabTo(page, 'Reset')
    await press('Enter')
    await expect.poll(async () => (await numbersOf(page, 'w1')).value).toBe(0.1)
    await press('Escape')
    await expect.poll(() => page.locator('.inspector').count()).toBe(0)
    expect(await focus(page)).toBe('w1')

    // A sample is typed in; what is no number is said at the field.
    await find('x1')
    await tabTo(page, 'close')
    await press('Tab')
    await press('Control+A')
    await page.keyboard.type('much')
    await press('Enter')
    await expect.poll(() => page.locator('.field .wrong').textContent()).toBe('"much" is no number')
    await press('Control+A')
    await page.keyboard.type('3')
    await press('Enter')
    await expect.poll(async () => (await numbersOf(page, 'x1')).value).toBe(3)
    await tabTo(page, 'close', 'Shift+Tab')
    await press('Enter')
    expect(await focus(page)).toBe('x1')

    // The editor is opened, written in with a completion, applied, and left by Tab.
    await tabTo(page, 'tab-editor')
    await press('Enter')
    await page.waitForSelector('.cm-content')
    expect(await focus(page)).toBe('tab-editor')
    await tabTo(page, 'graph file')
    await press('Control+A')
    await page.keyboard.insertText('inputs: { x: 2 }\nweights: { w1: 0.5 }\ngates:\n  y: ')
    await page.keyboard.type('tan')
    await page.waitForSelector('.cm-tooltip-autocomplete [aria-selected]')
    await page.waitForTimeout(100) // which CodeMirror waits before it takes a key for the list
    await press('Enter')
    await page.keyboard.type('(w1 * x')
    await press('End')
    await page.keyboard.insertText('\nloss: (y - 1)^2\n')
    await expect.poll(() => page.locator('.changes').textContent()).toContain('kept: w1')
    await press('Control+Enter')
    await expect.poll(() => page.locator('[data-box="y"]').count()).toBe(1)
    expect(await focus(page)).toBe('graph file')
    await press('Shift+Tab')
    expect(await focus(page)).not.toBe('graph file')
    await press('Tab')
    await press('Tab')
    expect(await page.evaluate("document.activeElement.closest('.cm-editor') === null")).toBe(true)

    // What can be saved is, and the address is shared.
    await tabTo(page, 'Share', 'Shift+Tab')
    await press('Enter')
    for (const [name, file] of [
      ['Graph as SVG', /\.svg$/],
      ['Graph as PNG', /\.png$/],
      ['Weights as JSON', /\.weights\.json$/],
      ['Losses as CSV', /\.losses\.csv$/],
    ] as const) {
      await tabTo(page, name)
      const [got] = await Promise.all([saved(), press('Enter')])
      expect(got).toMatch(file)
      expect(await focus(page)).toBe(name)
    }
    await tabTo(page, 'share', 'Shift+Tab')
    await press('Enter')
    await expect.poll(async () => (await readShared(new URL(page.url()).hash))?.text).toContain('tan(w1 * x)') // prettier-ignore
    await press('Escape')
    expect(await focus(page)).toBe('Share')
    await page.waitForSelector('.notice')
    await tabTo(page, 'dismiss')
    await press('Enter')
    await expect.poll(() => page.locator('.notice').count()).toBe(0)
    await focus(page)
    expect(wrong).toEqual([])
    await context.close()
  })
})
