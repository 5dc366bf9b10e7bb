// Compiles AssemblyScript, and writes what comes out as a module of TypeScript: npm run kernels.
import { writeFileSync } from 'node:fs'
import asc from 'assemblyscript/asc'

const output = 'module.wasm'

/** The bytes of the WebAssembly that `input` is compiled to; `read` gives sources by name, or null. */
export async function compile(input, options, read) {
  let binary = new Uint8Array()
  const { error } = await asc.main(
    [input, '--outFile', output, '--runtime', 'stub', '--converge', '--noAssert', ...options],
    {
      stderr: process.stderr,
      readFile: read,
      writeFile: (name, contents) => {
        if (name === output) binary = contents
      },
      listFiles: () => [],
    },
  )
  if (error) process.exit(1)
  return binary
}

/** Writes bytes, and what `more` says of them, to `place`; with `--print` to the terminal only. */
export function write(place, binary, doc, more = '') {
  const lines = packed(binary).match(/.{1,90}/g)
  const text = `/** ${doc} */
// oxfmt-ignore
export const binary =
  ${lines.map((line) => `'${line}'`).join(' +\n  ')}
${more}`
  if (process.argv.includes('--print')) process.stdout.write(text)
  else writeFileSync(place, text)
}

/** The text that `unpacked` of packed.ts reads. */
function packed(bytes) {
  const printable = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))
  const signs = printable.filter((sign) => !'"\'`\\$'.includes(sign))
  const pairs = 7
  const counts = Array.from({ length: 256 }, () => 0)
  for (const byte of bytes) counts[byte]++
  const often = [...counts.keys()]
    .sort((a, b) => counts[b] - counts[a])
    .slice(0, signs.length - pairs)
  const order = [...new Set([...often, ...counts.keys()])]
  const all = Array.from(bytes, (byte) => {
    const place = order.indexOf(byte)
    const rest = place - often.length
    return rest < 0 ? signs[pairs + place] : signs[rest % pairs] + signs[Math.floor(rest / pairs)]
  })
  return Buffer.from(often).toString('hex') + all.join('')
}
