/** The page without an application: files on a web host, the engine in a worker. */
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readShared } from '../../src/studio/share.js'
import { root } from '../house/files.js'
import { launch, noChromium } from './browser.js'
import { serveFiles, type Host } from './host.js'
import { fact, numbersOf, visit as visitIn } from './visit.js'

const skipped = noChromium()
let browser: Browser
const visit = (url: string) => visitIn(browser, url)

beforeAll(async () => {
  if (skipped === undefined) browser = await launch()
})

afterAll(() => browser?.close())

describe.skipIf(skipped !== undefined)('the page by itself', () => {
  let host: Host
  let address = ''

  beforeAll(async () => {
    host = await serveFiles(join(root, 'dist/studio'), '/demo/studio/')
    address = host.url
  })

  afterAll(() => host.close())

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
