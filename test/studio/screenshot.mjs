// Takes the picture of the README: node test/studio/screenshot.mjs [FILE], after npm run build.
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { studio } from '../../dist/studio.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const [file = `${root}.github/studio.png`] = process.argv.slice(2)
const executablePath =
  process.env['CHROMIUM'] ?? execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim()
const page = await studio(`${root}graphs/tanh-neuron.yaml`, { name: 'tanh-neuron.yaml' })
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
const tab = await browser.newPage({
  viewport: { width: 1280, height: 720 },
  deviceScaleFactor: 1.5,
})
await tab.goto(page.url)
await tab.waitForSelector('.box .value')
await tab.click('#play')
await tab.waitForTimeout(400)
await tab.click('#play')
await tab.waitForTimeout(400)
await tab.click('#restart')
for (let step = 0; step < 3; step++) {
  await tab.click('#step')
  await tab.waitForTimeout(2600)
}
await tab.click('#step')
await tab.waitForSelector('.phases li.now:nth-child(3)')
await tab.waitForTimeout(350)
await tab.screenshot({ path: file })
await browser.close()
await page.close()
