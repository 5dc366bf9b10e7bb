// Makes binary.ts of the sources beside it: npm run kernels. With `--print` to the terminal only.
import { readFileSync } from 'node:fs'
import { compile, write } from '../compile.mjs'

const here = new URL('.', import.meta.url)
const read = (name) => readFileSync(new URL(name, here), 'utf8')

// The compiler adds .ts to what is imported, and knows no other ending than this.
const source = (name) => {
  if (name === 'bits.js.ts') return read('bits.as')
  if (name === 'functions.ts') return read(name)
  return /^\w+\.js\.ts$/.test(name) ? read(name.replace('.js.ts', '.ts')) : null
}

const options = ['--noExportMemory', '--optimizeLevel', '3', '--shrinkLevel', '1']
const binary = await compile('functions.ts', options, source)
const { count, indices } = functionsOf(binary)
const more = `
export const functionCount = ${count}

// oxfmt-ignore
export const functionIndices = {
${indices.join('\n')}
} as const
`
const doc = 'Made of the files beside it by `npm run kernels`; module.ts says what it holds.'
write(new URL('binary.ts', here), binary, doc, more)

/** How many functions a module has, and the indices of those that it exports. */
function functionsOf(bytes) {
  let at = 8
  const next = () => {
    let [value, shift, byte] = [0, 0, 0]
    do {
      byte = bytes[at++]
      value |= (byte & 127) << shift
      shift += 7
    } while (byte > 127)
    return value
  }
  /** @type {{ count: number, indices: string[] }} */
  const found = { count: 0, indices: [] }
  while (at < bytes.length) {
    const section = bytes[at++]
    const end = next() + at
    // Types, functions, exports, code and names: what is anything else has no place here.
    if (![0, 1, 3, 7, 10].includes(section)) throw new Error(`section ${section} in the module`)
    if (section === 3) found.count = next()
    if (section === 7) {
      for (let left = next(); left > 0; left--) {
        const length = next()
        const name = Buffer.from(bytes.subarray(at, at + length)).toString()
        at += length
        if (bytes[at++] !== 0) throw new Error(`${name} is no function`)
        found.indices.push(`  ${name}: ${next()},`)
      }
    }
    at = end
  }
  return found
}
