// Makes binary.ts of product.as: npm run kernels. With `--print` it goes to the terminal only.
import { readFileSync, writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

const here = new URL('.', import.meta.url)
const source = readFileSync(new URL('product.as', here), 'utf8')
// The compiler knows no other ending than this.
const [input, output] = ['product.ts', 'product.wasm']
let binary = new Uint8Array()
const { error } = await asc.main(
  [
    ...[input, '--outFile', output, '--runtime', 'stub', '--initialMemory', '1'],
    ...['--optimizeLevel', '3', '--converge', '--noAssert', '--enable', 'simd'],
  ],
  {
    stderr: process.stderr,
    readFile: (name) => (name === input ? source : null),
    writeFile: (name, contents) => {
      if (name === output) binary = contents
    },
    listFiles: () => [],
  },
)
if (error) process.exit(1)
const lines = Buffer.from(binary)
  .toString('base64')
  .match(/.{1,90}/g)
const text = `/** Made of product.as by \`npm run kernels\`. */
// oxfmt-ignore
export const binary =
  ${lines.map((line) => `'${line}'`).join(' +\n  ')}
`
if (process.argv.includes('--print')) process.stdout.write(text)
else writeFileSync(new URL('binary.ts', here), text)
