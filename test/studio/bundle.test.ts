/** What the page weighs. Built by `npm run build`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { root } from '../house/files.js'

const folder = join(root, 'dist/studio')
const html = readFileSync(join(folder, 'index.html'), 'utf8')
const assets = readdirSync(join(folder, 'assets'))
const zipped = (file: string) => gzipSync(readFileSync(join(folder, file))).length

/** What index.html names, and so what a browser asks for at once. */
const first = ['index.html', ...[...html.matchAll(/"\.\/(assets\/[^"]+)"/g)].map(([, file]) => file!)] // prettier-ignore

test('the page loads less than 80 kB at first', () => {
  expect(first.length).toBeGreaterThan(2)
  expect(first.reduce((sum, file) => sum + zipped(file), 0)).toBeLessThan(80_000)
})

test('the editor, the charts and the engine come separately, when they are needed', () => {
  for (const part of ['codemirror', 'uPlot.esm', 'worker']) {
    const file = assets.find((name) => name.startsWith(`${part}-`))
    expect(file, part).toBeDefined()
    expect(first).not.toContain(`assets/${file}`)
  }
})

test('nothing of it names an address elsewhere to be loaded', () => {
  const texts = [html, ...assets.filter((name) => name.endsWith('.css')).map((name) => readFileSync(join(folder, 'assets', name), 'utf8'))] // prettier-ignore
  for (const text of texts) expect(text).not.toMatch(/(?:src|href)="https?:|url\(["']?https?:/)
})
