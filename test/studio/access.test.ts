/** What axe finds on the page in all that it can be in, light and dark, wide and narrow. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { studio, type Studio } from '../../src/studio.js'
import { root } from '../house/files.js'
import { launch, noChromium } from './browser.js'
import { network } from './network.js'
import { drop, fact, visit } from './visit.js'

const skipped = noChromium()
const folder = join(root, 'dist/studio')
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const place = mkdtempSync(join(tmpdir(), 'eagre-access-'))
const served = new Map<string, Studio>()
let browser: Browser

beforeAll(async () => {
  if (skipped === undefined) browser = await launch()
})

afterAll(async () => {
  for (const one of served.values()) await one.close()
  await browser?.close()
  rmSync(place, { recursive: true })
})

const texts: Readonly<Record<string, string>> = {
  many: network(8, 20, 12, 1),
  batch:
    'inputs: { x: 0 }\nweights: { w: 2 }\ngates:\n  y: w * x\nloss: y^2\n' +
    'train: { batch: 3, stack: true, data: { rows: [{ x: 1 }, { x: 2 }, { x: 4 }] } }\n',
  words:
    'inputs: { word: { hash: 8, default: 0 }, kind: { classes: [red, green], default: red } }\n' +
    'gates:\n  f: word + kind\n',
  bare: 'inputs: [x, y]\ngates:\n  f: x * y\n',
}

async function addressOf(graph: string): Promise<string> {
  let one = served.get(graph)
  if (one === undefined) {
    const text = texts[graph]
    const file = text === undefined ? join(root, `graphs/${graph}.yaml`) : join(place, `${graph}.yaml`) // prettier-ignore
    if (text !== undefined) writeFileSync(file, text)
    served.set(graph, (one = await studio(file, { folder })))
  }
  return one.url
}

/** What a page can be in: the graph that it shows, and what is done on it first. */
const states: Readonly<Record<string, readonly [string, (page: Page) => Promise<unknown>]>> = {
  'at rest': ['iris', async () => {}],
  'a step made, its losses charted': [
    'tanh-neuron',
    async (page) => {
      const step = Number(await fact(page, 'step'))
      await page.click('#step')
      await expect.poll(() => fact(page, 'step')).toBe(String(step + 1))
      await page.getByText('logarithmic').click()
      await page.waitForSelector('.uplot')
    },
  ],
  'the editor open': [
    'iris',
    async (page) => {
      await page.click('#tab-editor')
      await page.waitForSelector('.cm-content')
    },
  ],
  'a mistake in the editor, told where it is': [
    'iris',
    async (page) => {
      await write(page, 'inputs: { x: 1 }\nweights: { w: 2 } # learned\ngates:\n  o: tahn(w * x)\n')
      await page.waitForSelector('.cm-lintRange-error')
      await page.hover('.cm-lintRange-error')
      await page.waitForSelector('.cm-tooltip-lint')
    },
  ],
  'a list of completions': [
    'iris',
    async (page) => {
      await write(page, 'inputs: { x: 1 }\ngates:\n  o: ')
      await page.keyboard.type('ta')
      await page.waitForSelector('.cm-tooltip-autocomplete [aria-selected]')
      await page.waitForSelector('.cm-completionInfo')
    },
  ],
  'an edit that can be applied': [
    'iris',
    async (page) => {
      await write(page, 'name: "other"\ninputs: { x: 1 }\nweights: { w: 2 }\ngates:\n  o: w * x\n')
      await page.waitForSelector('.changes')
      await page.keyboard.press('Control+F')
      await page.waitForSelector('.cm-search')
    },
  ],
  'a gate explained': [
    'tanh-neuron',
    async (page) => {
      await choose(page, 'o')
      await page.waitForSelector('.derivatives code')
    },
  ],
  'a weight to be changed': ['tanh-neuron', (page) => choose(page, 'w1')],
  'a tensor to be changed, a cell that is none': [
    'iris',
    async (page) => {
      await choose(page, 'W1')
      await page.locator('.tensor-form summary').click()
      await page.waitForSelector('.tensor-form textarea')
      await page.fill('#cell', '9, 9')
      await page.click('#set-cell')
      await page.waitForSelector('.tensor-form .wrong')
    },
  ],
  'a class to be chosen': ['words', (page) => choose(page, 'kind')],
  'a text to be typed in': ['words', (page) => choose(page, 'word')],
  'columns to be mapped, some of them wrong': [
    'iris',
    async (page) => {
      await drop(page, 'mine.csv', 'id,sl,Species\n1,5,setosa\n2,7,unheard\n')
      await page.waitForSelector('.mapping .wrong')
    },
  ],
  'a file that cannot be read': [
    'iris',
    async (page) => {
      await drop(page, 'mine.csv', 'a,b\n"1,2\n')
      await page.waitForSelector('.notice')
    },
  ],
  'a search': [
    'many',
    async (page) => {
      await page.fill('input[type=search]', 'w2_7_')
      await page.press('input[type=search]', 'Enter')
      await page.waitForSelector('.inspector')
    },
  ],
  'hundreds of boxes from afar': ['many', (page) => page.keyboard.press('0')],
  'the list of what can be saved': ['tanh-neuron', (page) => page.locator('.menu summary').click()],
  'a sample of a batch': [
    'batch',
    async (page) => {
      await page.click('#step')
      await page.waitForSelector('#pick')
    },
  ],
  'nothing to show before there are data': ['bare', async () => {}],
}

/** By the keys: a narrow page may not have it in sight. */
async function choose(page: Page, name: string): Promise<void> {
  await page.locator(`[data-box="${name}"]`).focus()
  await page.keyboard.press('Enter')
  await page.waitForSelector('.inspector')
}

async function write(page: Page, text: string): Promise<void> {
  await page.click('#tab-editor')
  await page.locator('.cm-content').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(text)
}

describe.skipIf(skipped !== undefined)('nothing is found fault with', () => {
  const sizes = [
    { width: 1280, dark: false },
    { width: 1280, dark: true },
    { width: 400, dark: false },
    { width: 400, dark: true },
  ]
  const cases = Object.entries(states).flatMap(([what, [graph, act]], index) =>
    // Each state at both widths and in both colours, in two pages that take turns. Hundreds of boxes
    // take axe long, and are no others where the page is narrow.
    (graph === 'many' ? [1] : index % 2 === 0 ? [0, 3] : [1, 2]).map((at) => {
      const options = sizes[at]!
      const told = `${what}, ${options.width} pixels wide, ${options.dark ? 'dark' : 'light'}`
      return [told, graph, act, options] as const
    }),
  )
  test.each(cases)('%s', async (_, graph, act, options) => {
    const { page, context, wrong } = await visit(browser, await addressOf(graph), options)
    await act(page)
    await page.evaluate(axe)
    const found = await page.evaluate<{
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[]
    }>('axe.run()')
    const told = found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    )
    expect(told).toEqual([])
    const wide = await page.evaluate('document.documentElement.scrollWidth')
    expect(wide).toBeLessThanOrEqual(options.width)
    expect(wrong).toEqual([])
    await context.close()
  })
})
