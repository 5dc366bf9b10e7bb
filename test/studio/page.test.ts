/** The page in a real browser: what is read off it is compared with the library. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/index.js'
import { loadGraph } from '../../src/node.js'
import { studio, type Studio, type StudioOptions } from '../../src/studio.js'
import { readLook, writeShared } from '../../src/studio/share.js'
import { root } from '../house/files.js'
import { launch, noChromium } from './browser.js'
import { network } from './network.js'
import { drop, fact, numbersOf, visit as visitIn, type PageOptions } from './visit.js'

const skipped = noChromium()
const folder = join(root, 'dist/studio')
const graphs = join(root, 'graphs')

const place = mkdtempSync(join(tmpdir(), 'eagre-page-'))
writeFileSync(
  join(place, 'product.yaml'),
  'inputs: { x: 2, y: 5, z: 9 }\ngates:\n  f: (x + y) * z\n',
)
writeFileSync(
  join(place, 'wide.yaml'),
  `inputs: { g0: 1 }\ngates:\n${Array.from({ length: 50 }, (_, at) => `  g${at + 1}: tanh(g${at})\n`).join('')}`,
)

let browser: Browser
const visit = (url: string, options?: PageOptions) => visitIn(browser, url, options)
const open: { close(): Promise<unknown> }[] = []

beforeAll(async () => {
  if (skipped === undefined) browser = await launch()
})

afterAll(async () => {
  for (const one of open) await one.close()
  await browser?.close()
  rmSync(place, { recursive: true })
})

async function serve(file: string, options: StudioOptions = {}): Promise<Studio> {
  const served = await studio(file, { folder, ...options })
  open.push(served)
  return served
}

describe.skipIf(skipped !== undefined)('the page of an application', () => {
  test('shows the values and gradients of a step as the library has them', async () => {
    const file = join(place, 'product.yaml')
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    const { values, gradients } = (await loadGraph(file)).step()
    expect(gradients).toMatchObject({ x: 9, y: 9, z: 7 })
    for (const [name, value] of Object.entries(values)) {
      await expect.poll(() => numbersOf(page, name)).toEqual({ value, gradient: gradients[name] })
    }
    expect(wrong).toEqual([])
    await context.close()
  })

  test('steps through values, loss, gradients and update, and counts them', async () => {
    const file = join(graphs, 'tanh-neuron.yaml')
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    await page.click('#step')
    await expect.poll(() => fact(page, 'step')).toBe('1')
    // What one step of the library leaves: o before the update, w1 after it.
    const graph = await loadGraph(file)
    const before = graph.step()
    await new Promise<void>((resolve) => {
      graph.pause()
      const run = graph.train({ every: 1 }).subscribe(() => {
        run.unsubscribe()
        resolve()
      })
      graph.advance(1)
    })
    const four = (value: unknown) => Number(Number(value).toPrecision(4))
    await expect
      .poll(() => numbersOf(page, 'o'))
      .toEqual({ value: four(before.values['o']), gradient: four(before.gradients['o']) })
    const { value } = await numbersOf(page, 'w1')
    expect(value).toBe(four(graph.weights()['w1']))
    expect(wrong).toEqual([])
    await context.close()
  })

  test('plays to the end of the neuron, and its output is 0.475', async () => {
    const { url } = await serve(join(graphs, 'tanh-neuron.yaml'))
    const { page, wrong, context } = await visit(url)
    await page.click('#play')
    await expect
      .poll(() => page.locator('.heard').textContent(), { timeout: 50_000 })
      .toContain('training has ended')
    await expect.poll(() => numbersOf(page, 'o')).toMatchObject({ value: 0.475 })
    expect(await fact(page, 'step')).toBe('1000000')
    expect(wrong).toEqual([])
    await context.close()
  })

  test('marks a mistake in the file at its line, and keeps weights through a good edit', async () => {
    const { url } = await serve(join(graphs, 'tanh-neuron.yaml'))
    const { page, wrong, context } = await visit(url)
    await page.click('#step')
    await expect.poll(async () => (await numbersOf(page, 'w1')).value).not.toBe(0.1)
    const learned = (await numbersOf(page, 'w1')).value
    await page.click('#tab-editor')
    const code = page.locator('.cm-content')
    await code.waitFor()
    const text = (await code.innerText()).replaceAll('\n\n', '\n')
    const type = async (next: string) => {
      await code.click()
      await page.keyboard.press('Control+A')
      await page.keyboard.insertText(next)
    }
    await type(text.replace('tanh(', 'tahn('))
    await page.waitForSelector('.cm-lintRange-error')
    const marked = page.locator('.cm-line', { has: page.locator('.cm-lintRange-error') })
    expect(await marked.first().innerText()).toContain('o: tahn(')
    expect(await page.locator('.cm-lintRange-error').first().innerText()).toBe('tahn')
    expect(await page.locator('#apply').isDisabled()).toBe(true)
    await type(text.replace('tanh(', 'sigmoid(').replace('w2: 0.4', 'w2: 0.4, extra: 1'))
    await expect.poll(() => page.locator('.changes').innerText()).toContain('kept: w1, w2')
    expect(await page.locator('.changes').innerText()).toContain('new: extra')
    await page.click('#apply')
    await expect
      .poll(() => page.locator('[data-box="o"] .formula').textContent())
      .toContain('sigmoid')
    expect((await numbersOf(page, 'w1')).value).toBe(learned)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('trains on rows that are dropped on it', async () => {
    const { url } = await serve(join(graphs, 'line.yaml'))
    const { page, wrong, context } = await visit(url)
    const inputs = await page.locator('.box.input, .box.target').evaluateAll((boxes) => {
      return boxes.map((box) => box.getAttribute('data-box')!)
    })
    const rows = [1, 2, 3].map((at) => inputs.map((_, column) => at + column).join(','))
    await drop(page, 'mine.csv', [inputs.join(','), ...rows, ''].join('\n'))
    await expect.poll(() => page.locator('.mapping p').innerText()).toBe('mine.csv: 3 rows')
    await page.getByText('Use these rows').click()
    await expect.poll(() => page.locator('.notice').innerText()).toContain('3 rows are used')
    const first = await numbersOf(page, inputs[0]!)
    expect(first.value).toBe(1)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('takes the columns that inputs are made of from a file with other names', async () => {
    const { url } = await serve(join(graphs, 'iris.yaml'))
    const { page, wrong, context } = await visit(url)
    const text = 'id,sl,sw,pl,pw,Species\n1,5,3,1,0.5,setosa\n2,7,4,5,2,virginica\n'
    await drop(page, 'mine.csv', text)
    await expect.poll(() => page.locator('.mapping p').first().innerText()).toBe('mine.csv: 2 rows')
    await page.selectOption('.mapping select >> nth=0', 'pw')
    expect(await page.locator('.mapping .wrong').first().innerText()).toContain('flower takes 4 columns') // prettier-ignore
    await page.selectOption('.mapping select >> nth=0', 'sl')
    expect(await page.locator('.mapping select >> nth=1').inputValue()).toBe('Species')
    await page.getByText('Use these rows').click()
    await expect.poll(() => page.locator('.notice').innerText()).toContain('2 rows are used')
    await page.locator('[data-box="flower"]').click()
    await page.fill('#cell', '3')
    await expect.poll(() => page.locator('#cell-value').inputValue()).toBe('0.5')
    expect(wrong).toEqual([])
    await context.close()
  })

  test('has cells of tensors typed in, or all of one, and says what is wrong with it', async () => {
    const file = join(place, 'matrix.yaml')
    writeFileSync(
      file,
      'inputs: { x: [1, 2] }\nweights: { W: [[1, 2], [3, 4]] }\ngates:\n  y: x @ W\nloss: sum(y * y)\n',
    )
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    const numbers = (name: string) => page.locator(`[data-box="${name}"] .value`).textContent()
    await expect.poll(() => numbers('y')).toBe('7 … 10')
    await page.locator('[data-box="W"]').click()
    // A cell is chosen in the picture, or by its place.
    const picture = page.locator('.tensor img').first()
    const { width, height } = (await picture.boundingBox())!
    await picture.click({ position: { x: width * 0.75, y: height * 0.25 } })
    await expect.poll(() => page.locator('#cell').inputValue()).toBe('0, 1')
    await expect.poll(() => page.locator('#cell-value').inputValue()).toBe('2')
    await page.fill('#cell-value', '-20')
    await page.press('#cell-value', 'Enter')
    await expect.poll(() => numbers('y')).toBe('\u221212 … 7')
    await page.fill('#cell', '2, 0')
    await page.click('#set-cell')
    expect(await page.locator('.tensor-form .wrong').innerText()).toBe('a cell is 0 to 1, 0 to 1, got "2, 0"') // prettier-ignore
    await page.locator('.tensor-form summary').click()
    const all = page.locator('.tensor-form textarea')
    await expect.poll(() => all.inputValue()).toBe('[[1,-20],[3,4]]')
    await all.fill('[[1, 2], [3]]')
    await page.click('#set-all')
    expect(await page.locator('.tensor-form .wrong').innerText()).toBe('[1] must be a list of 2, got one of 1') // prettier-ignore
    await all.fill('[[0, 0], [1, 5]]')
    await page.click('#set-all')
    await expect.poll(() => numbers('y')).toBe('2 … 10')
    await page.getByText('frozen').click()
    await page.click('#step')
    await expect.poll(() => fact(page, 'step')).toBe('1')
    await expect.poll(() => numbers('W')).toBe('0 … 5')
    await page.locator('.weight').getByText('Reset').click()
    await expect.poll(() => numbers('W')).toBe('1 … 4')
    await page.locator('[data-box="x"]').click()
    await page.fill('#cell', '1')
    await expect.poll(() => page.locator('#cell-value').inputValue()).toBe('2')
    await page.fill('#cell-value', '0')
    await page.click('#set-cell')
    await expect.poll(() => numbers('y')).toBe('1 … 2')
    expect(wrong).toEqual([])
    await context.close()
  })

  test('shows any sample of a batch that runs as one step', async () => {
    const file = join(place, 'stacked.yaml')
    writeFileSync(
      file,
      'inputs: { x: 0 }\nweights: { w: 2 }\ngates:\n  y: w * x\nloss: y^2\n' +
        'train: { batch: 3, stack: true, data: { rows: [{ x: 1 }, { x: 2 }, { x: 4 }] } }\n',
    )
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    await page.click('#step')
    await expect.poll(async () => (await numbersOf(page, 'y')).value).toBe(2)
    expect(await page.locator('.pick').innerText()).toBe('sample of 3')
    await page.fill('#pick', '3')
    await page.press('#pick', 'Tab')
    await expect.poll(async () => (await numbersOf(page, 'y')).value).toBe(8)
    expect((await numbersOf(page, 'x')).value).toBe(4)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('lets a page that may only look choose the sample, also of a model that an application runs', async () => {
    const graph = parseGraph(
      'inputs: { x: 0 }\nweights: { w: 2 }\ngates:\n  y: w * x\nloss: y^2\n' +
        'train: { epochs: 100000000, learning_rate: 1e-30, batch: 3, stack: true, data: { rows: [{ x: 1 }, { x: 2 }, { x: 4 }] } }\n',
    )
    const served = await studio(graph, { folder })
    open.push(served)
    const run = graph.train().subscribe()
    const { page, wrong, context } = await visit(served.readonlyUrl)
    await expect.poll(async () => (await numbersOf(page, 'y')).value).toBe(2)
    expect(await page.locator('#play').isDisabled()).toBe(true)
    await page.fill('#pick', '3')
    await page.press('#pick', 'Enter')
    await expect.poll(async () => (await numbersOf(page, 'y')).value).toBe(8)
    expect((await numbersOf(page, 'x')).value).toBe(4)
    run.unsubscribe()
    expect(wrong).toEqual([])
    await context.close()
  })

  test('has texts typed in where they stand for numbers, and says at the field what it refuses', async () => {
    const file = join(place, 'texts.yaml')
    writeFileSync(
      file,
      'inputs:\n  word: { hash: 8, default: 0 }\n  kinds: { shape: [2], classes: [red, green, blue], default: [0, 0] }\n' +
        'gates:\n  f: word + sum(kinds)\n',
    )
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    await page.locator('[data-box="word"]').click()
    await page.fill('.weight .field input', 'hello')
    await page.press('.weight .field input', 'Enter')
    // FNV-1a of "hello" is 4f9f2cab, and the last three bits of that are 3.
    await expect.poll(async () => (await numbersOf(page, 'f')).value).toBe(3)
    await page.locator('[data-box="kinds"]').click()
    await page.fill('.weight .field input', 'green, pink')
    await page.press('.weight .field input', 'Enter')
    await expect
      .poll(() => page.locator('.field .wrong').innerText())
      .toContain('"pink" is no class')
    expect(await page.locator('.notice').count()).toBe(0)
    await page.fill('.weight .field input', '["green"]')
    await page.press('.weight .field input', 'Enter')
    await expect.poll(() => page.locator('.field .wrong').innerText()).toBe('it must be a list of 2, got one of 1') // prettier-ignore
    await page.fill('.weight .field input', 'green, blue')
    await page.press('.weight .field input', 'Enter')
    await expect.poll(async () => (await numbersOf(page, 'f')).value).toBe(6)
    await expect.poll(() => page.locator('.field .wrong').count()).toBe(0)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('keeps folding and panels through a reload, and says that no address brings a graph', async () => {
    const { url } = await serve(join(graphs, 'tanh-neuron.yaml'))
    const { page, wrong, context } = await visit(url)
    expect(await page.locator('[data-box="o.x"]').count()).toBe(1)
    await page.locator('[data-box="o"] .fold').click()
    await page.click('#tab-data')
    await expect.poll(async () => (await readLook(new URL(page.url()).hash))?.panel).toBe('data')
    await page.reload()
    await page.waitForSelector('.data')
    await page.waitForSelector('[data-box="o"]')
    expect(await page.locator('[data-box="o.x"]').count()).toBe(0)
    const graph = await writeShared({ text: 'inputs: { x: 3 }\ngates:\n  f: x * 7\n', file: 'f' })
    await page.goto('about:blank')
    await page.goto(`${url.replace(/#.*/, '')}#${graph}`)
    await expect.poll(() => page.locator('.notice').innerText()).toContain('an application runs')
    expect(await page.locator('h1').textContent()).toBe('tanh-neuron')
    expect(wrong).toEqual([])
    await context.close()
  })

  test('is shown on two pages at once, and a page without the token may only look', async () => {
    const served = await serve(join(graphs, 'sum-product.yaml'))
    const one = await visit(served.url)
    const two = await visit(served.readonlyUrl)
    expect(await two.page.locator('#play').isDisabled()).toBe(true)
    expect(await two.page.locator('#step').isDisabled()).toBe(true)
    expect(await numbersOf(two.page, 'f')).toEqual(await numbersOf(one.page, 'f'))
    await one.context.close()
    await two.context.close()
  })

  test('says so when the application is gone, and comes back by itself', async () => {
    const file = join(graphs, 'sum-product.yaml')
    const first = await studio(file, { folder })
    const port = Number(new URL(first.url).port)
    const { page, context } = await visit(first.url)
    await page.locator('#step').click()
    await page.waitForSelector('.plot canvas')
    await first.close()
    await page.waitForSelector('.lost')
    await serve(file, { port })
    await page.waitForSelector('.lost', { state: 'detached', timeout: 20_000 })
    // The page's token was the other one's.
    await expect
      .poll(() => page.locator('.notice').innerText())
      .toContain('started anew, and this page may only look')
    expect(await page.locator('#step').isDisabled()).toBe(true)
    // Nothing is left of the losses of before.
    await page.waitForSelector('.plot canvas', { state: 'detached' })
    await context.close()
  })

  test('writes names and texts as they are, whatever they look like', async () => {
    const file = join(place, 'hostile.yaml')
    const name = '<img src=x onerror="window.broken=1">'
    writeFileSync(
      file,
      `name: '${name}'\ndescription: '</title><script>window.broken=1</script>'\n` +
        'inputs: { __proto__: 1, constructor: 2 }\ngates:\n  f: __proto__ * constructor\n',
    )
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    expect(await page.locator('h1').textContent()).toBe(name)
    expect(await numbersOf(page, 'f')).toMatchObject({ value: 2 })
    expect(await page.evaluate('window.broken')).toBe(undefined)
    expect(await page.locator('#play').isDisabled()).toBe(true)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('works by keys alone', async () => {
    const { url } = await serve(join(graphs, 'tanh-neuron.yaml'))
    const { page, context } = await visit(url)
    await page.keyboard.press('s')
    await expect.poll(() => fact(page, 'step')).toBe('1')
    await page.locator('[data-box="o"]').focus()
    await page.keyboard.press('Enter')
    await page.waitForSelector('.inspector')
    expect(await page.locator('.inspector h2').textContent()).toBe('o')
    await page.keyboard.press('f')
    await expect.poll(() => page.locator('[data-box="o.x"]').count()).toBe(0)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('.inspector').count()).toBe(0)
    await context.close()
  })

  test('shows all of a large graph on request, and as much as can be read at first', async () => {
    const { url } = await serve(join(place, 'wide.yaml'))
    const { page, context } = await visit(url)
    const scale = () =>
      page.evaluate(() => {
        const moved = document.querySelector('.drawing g[transform*="scale"]')
        return Number(/scale\(([\d.]+)/.exec(moved!.getAttribute('transform')!)![1])
      })
    await expect.poll(scale).toBeGreaterThanOrEqual(0.65)
    await page.keyboard.press('0')
    await expect.poll(scale).toBeLessThan(0.2)
    await page.keyboard.press('0')
    await expect.poll(scale).toBe(0.65)
    await context.close()
  })

  test('draws two thousand nodes; one pans, zooms and searches among them', async () => {
    const file = join(place, 'net.yaml')
    writeFileSync(file, network(40, 24, 24, 16, 1))
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    expect(await page.locator('.box').count()).toBeGreaterThan(2000)
    const moved = () => page.locator('.drawing > g').getAttribute('transform')
    const class_ = () => page.locator('.drawing').getAttribute('class')
    // All of it from afar: the colours of its values, no text.
    await page.keyboard.press('0')
    await expect.poll(class_).toContain('remote')
    await expect.poll(() => page.locator('[data-box="x0"]').getAttribute('data-sign')).toBe('plus')
    await expect.poll(() => page.locator('.map').count()).toBe(0)
    await page.keyboard.press('0')
    await expect.poll(class_).not.toContain('far')
    await page.waitForSelector('.map')
    const main = (await page.locator('.drawing').boundingBox())!
    const before = await moved()
    await page.mouse.move(main.x + 600, main.y + 200)
    await page.mouse.down()
    await page.mouse.move(main.x + 500, main.y + 150, { steps: 3 })
    await page.mouse.up()
    const after = await moved()
    expect(after).not.toBe(before)
    await page.mouse.wheel(0, 400)
    await expect.poll(moved).not.toBe(after)
    // What is searched for comes into sight with its numbers, also where it is folded in.
    await page.fill('input[type=search]', 'w3_7_')
    await expect.poll(() => page.locator('.search output').innerText()).toBe('24')
    await page.press('input[type=search]', 'Enter')
    await expect.poll(() => page.locator('.search output').innerText()).toBe('1/24')
    const name = 'w3_7_0'
    await expect.poll(() => page.locator('.inspector h2').innerText()).toBe(name)
    const value = Number((await loadGraph(file)).weights()[name])
    await expect.poll(async () => (await numbersOf(page, name)).value).toBe(value)
    const box = (await page.locator(`[data-box="${name}"]`).boundingBox())!
    expect(Math.abs(box.x + box.width / 2 - main.width / 2)).toBeLessThan(box.width)
    await page.fill('input[type=search]', 'h1_3.x.a')
    await expect.poll(() => page.locator('.search output').innerText()).toBe('1')
    await page.press('input[type=search]', 'Enter')
    // The arrows go from box to box.
    await page.locator('[data-box="h1_3"]').focus()
    await page.keyboard.press('ArrowDown')
    const focused = () => page.evaluate("document.activeElement.getAttribute('data-box')")
    await expect.poll(focused).toMatch(/^w1_3_/)
    expect(wrong).toEqual([])
    await context.close()
  })

  test('explains how a gate passes its gradient on', async () => {
    const { url } = await serve(join(place, 'product.yaml'))
    const { page, context } = await visit(url)
    await page.locator('[data-box="f"]').click()
    const text = page.locator('.derivatives')
    // f = (x + y) * z at 2, 5, 9.
    await expect.poll(() => text.innerText()).toContain('1 × 9 = 9')
    expect(await text.innerText()).toContain('1 × 7 = 7')
    await context.close()
  })

  test('explains a gate that the pointer is on, or that has the focus', async () => {
    const { url } = await serve(join(place, 'product.yaml'))
    const { page, context } = await visit(url)
    const card = page.locator('.hint-card')
    await page.hover('[data-box="f"]')
    await expect.poll(() => card.innerText()).toContain('1 × 9 = 9')
    await page.mouse.move(2, 2)
    await expect.poll(() => card.count()).toBe(0)
    await page.locator('[data-box="f"]').focus()
    await expect.poll(() => card.innerText()).toContain('1 × 7 = 7')
    await context.close()
  })

  test('begins again with the seed that is typed in', async () => {
    const file = join(place, 'drawn.yaml')
    const text = (seed: number) =>
      'inputs: { x: 2 }\nweights: { w: { shape: [], init: { normal: {} } } }\ngates:\n  y: w * x\n' +
      `loss: (y - 1)^2\ntrain: { seed: ${seed} }\n`
    writeFileSync(file, text(1))
    const { url } = await serve(file)
    const { page, wrong, context } = await visit(url)
    await page.fill('#seed', '7')
    await page.press('#seed', 'Enter')
    const value = parseGraph(text(7)).weights()['w']
    await expect
      .poll(async () => (await numbersOf(page, 'w')).value)
      .toBe(Number(Number(value).toPrecision(4)))
    expect(wrong).toEqual([])
    await context.close()
  })
})
