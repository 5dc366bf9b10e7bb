// Compiles the benchmarks and runs one: npm run bench -- NAME
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = join(here, '../..')
const out = join(root, 'node_modules/.cache/bench')
const names = readdirSync(here)
  .filter((file) => /^[a-z]+\.bench\.ts$/.test(file))
  .map((file) => file.replace('.bench.ts', ''))
const [name] = process.argv.slice(2)
if (!names.includes(name)) {
  console.error(`usage: npm run bench -- NAME, where NAME is ${names.join(', ')}`)
  process.exit(2)
}
const tsc = join(root, 'node_modules/.bin/tsc')
const built = spawnSync(tsc, ['-p', here], { stdio: 'inherit' })
if (built.status !== 0) process.exit(1)
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n')
const file = join(out, `test/bench/${name}.bench.js`)
process.exit(spawnSync(process.execPath, [file], { stdio: 'inherit' }).status ?? 1)
