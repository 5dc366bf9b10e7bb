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
  // Compressed, this is smaller than base64, in which equal bytes are written in four ways.
  const lines = Buffer.from(binary)
    .toString('hex')
    .match(/.{1,90}/g)
  const text = `/** ${doc} */
// oxfmt-ignore
export const binary =
  ${lines.map((line) => `'${line}'`).join(' +\n  ')}
${more}`
  if (process.argv.includes('--print')) process.stdout.write(text)
  else writeFileSync(place, text)
}
