// Makes binary.ts of product.as: npm run kernels. With `--print` it goes to the terminal only.
import { readFileSync } from 'node:fs'
import { compile, write } from '../compile.mjs'

const here = new URL('.', import.meta.url)
const source = readFileSync(new URL('product.as', here), 'utf8')
// The compiler knows no other ending than this.
const input = 'product.ts'
const options = ['--initialMemory', '1', '--optimizeLevel', '3', '--enable', 'simd']
const binary = await compile(input, options, (name) => (name === input ? source : null))
write(new URL('binary.ts', here), binary, 'Made of product.as by `npm run kernels`.')
