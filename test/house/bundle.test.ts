/**
 * What an application in a browser gets: the main entry as one bundle. Vite is here with vitest;
 * size-limit would do the same through a second bundler, one with an install script.
 */
import { builtinModules } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { beforeAll, expect, test } from 'vitest'
import { root } from './files.js'

let code = ''
let imports: readonly string[] = []

beforeAll(async () => {
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      write: false,
      modulePreload: false,
      // No `lib`: that leaves the white space in.
      rolldownOptions: {
        input: join(root, 'src/index.ts'),
        preserveEntrySignatures: 'strict',
        // The application brings RxJS. What else is not in the bundle must show in its imports.
        external: ['rxjs', ...builtinModules, /^node:/],
        output: { format: 'es', minify: true },
      },
    },
  })
  if (!('output' in built)) throw new Error('one build without watching is one bundle')
  const chunks = built.output.filter((part) => part.type === 'chunk')
  code = chunks.map((chunk) => chunk.code).join('\n')
  imports = chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports])
})

test('the bundle of the main entry imports rxjs and nothing of Node', () => {
  expect([...new Set(imports)]).toEqual(['rxjs'])
})

test('the bundle of the main entry holds no reference to Node that a browser lacks', () => {
  expect(code).not.toMatch(/\b(?:process|Buffer|__dirname|require)\s*[.(]/)
})

// 58 kB of it are the YAML package; 80 kB the engines that execute training: templates, tapes, generated
// JavaScript, and WebAssembly with its elementary functions.
test('the bundle of the main entry stays under 210 kB compressed', () => {
  expect(code.length).toBeGreaterThan(10_000)
  expect(gzipSync(code).length).toBeLessThan(210_000)
})
