/** The page without an application: files on a web host, the engine in a worker. */
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { extname, join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readShared } from '../../src/studio/share.js'
import { root } from '../house/files.js'
import { launch, noChromium } from './browser.js'
import { fact, numbersOf, visit as visitIn } from './visit.js'

const skipped = noChromium()
const folder = join(root, 'dist/studio')
let browser: Browser
const visit = (url: string) => visitIn(browser, url)

beforeAll(async () => {
  if (skipped === undefined) browser = await launch()
})

afterAll(() => browser?.close())

describe.skipIf(skipped !== undefined)('the page by itself', () => {
  let server: Server
  let address = ''
  const below = '/demo/studio/'

  beforeAll(async () => {
    const types: Readonly<Record<string, string>> = {
      '.html': 'text/html',
      '.js': 'text/javascript',
      '.css': 'text/css',
    }
    // Any web host will do: this one knows nothing but files.
    server = createServer((request, response) => {
      const path = new URL(request.url!, 'http://localhost').pathname
      try {
        // Under a path of its own, as on a host with other pages; its root has none.
        if (!path.startsWith(below)) throw new Error('not of this page')
        const file = path.slice(below.length)
        const body = readFileSync(join(folder, file === '' ? 'index.html' : file))
        response.setHeader('content-type', types[extname(path)] ?? 'text/html')
        response.end(body)
      } catch {
        response.statusCode = 404
        response.end()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(server.address() as { port: number }).port}${below}`
  })

  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  test('runs the graphs of its gallery in a worker, with their data', async () => {
    const { page, wrong, context } = await visit(address)
    await page.click('#step')
    await expect.poll(() => fact(page, 'step')).toBe('1')
    await page.selectOption('select[aria-label=graph]', 'iris.yaml')
    await expect.poll(() => page.locator('h1').textContent()).toBe('iris')
    await page.click('#epoch')
    await expect.poll(() => fact(page, 'epoch'), { timeout: 20_000 }).toBe('1')
    expect(wrong).toEqual([])
    await context.close()
  })

  test('shows what a shared address holds', async () => {
    const { page, context } = await visit(address)
    await page.click('#tab-editor')
    const code = page.locator('.cm-content')
    await code.waitFor()
    await code.click()
    await page.keyboard.press('Control+A')
    await page.keyboard.insertText('name: shared\ninputs: { x: 3 }\ngates:\n  f: x * 7\n')
    await page.locator('#apply:not([disabled])').click()
    await expect.poll(() => page.locator('h1').textContent()).toBe('shared')
    await page.locator('.menu summary').click()
    await page.click('#share')
    const held = async () => (await readShared(new URL(page.url()).hash))?.text
    await expect.poll(held).toContain('name: shared')
    const there = await visit(page.url())
    expect(await there.page.locator('h1').textContent()).toBe('shared')
    await expect.poll(() => numbersOf(there.page, 'f')).toMatchObject({ value: 21 })
    await there.context.close()
    await context.close()
  })

  test('shows the same after a reload: graph, seed, rate, speed, folding, frozen weights, chart', async () => {
    const { page, wrong, context } = await visit(address)
    expect(page.url()).toBe(address)
    await page.fill('#seed', '7')
    await page.press('#seed', 'Enter')
    await page.focus('#rate')
    for (let press = 0; press < 5; press++) await page.keyboard.press('ArrowRight')
    const rate = await page.locator('label:has(#rate)').innerText()
    expect(rate).not.toBe('rate 0.001')
    await page.focus('#speed')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.locator('label:has(#speed)').innerText()).toBe('speed 1000/s')
    await page.locator('[data-box="o"] .fold').click()
    await page.locator('[data-box="w1"]').click()
    await page.getByText('frozen').click()
    await expect.poll(() => page.locator('.inspector .kind').innerText()).toContain('frozen')
    await page.getByText('logarithmic').click()
    await expect.poll(async () => (await readShared(new URL(page.url()).hash))?.logarithmic).toBe(true) // prettier-ignore
    await page.reload()
    await page.waitForSelector('.box .value')
    await expect.poll(() => page.locator('label:has(#rate)').innerText()).toBe(rate)
    await expect.poll(() => page.locator('label:has(#speed)').innerText()).toBe('speed 1000/s')
    expect(await page.locator('#seed').inputValue()).toBe('7')
    expect(await page.locator('[data-box="o.x"]').count()).toBe(0)
    expect(await page.getByLabel('logarithmic').isChecked()).toBe(true)
    await page.locator('[data-box="w1"]').click()
    await expect.poll(() => page.locator('.inspector .kind').innerText()).toContain('frozen')
    expect(wrong).toEqual([])
    await context.close()
  })
})
