import { configDefaults, defineConfig } from 'vitest/config'

// With EAGRE_NO_EVAL=1 neither tests nor the processes they start may generate code from strings.
// Not this process: Vite itself does.
const forbidden = Boolean(process.env['EAGRE_NO_EVAL'])
const flags = forbidden ? ['--disallow-code-generation-from-strings'] : []

// Tools that generate code themselves: Playwright, which drives pages, and Ajv.
const driving = ['test/studio/{access,alone,keyboard,page}.test.ts', 'test/train/native.test.ts']
const validating = ['test/house/graphs.test.ts', 'test/language/schema.test.ts']

// With EAGRE_ENGINE=wasm, or another, all training that can be fused is fused by it.
const preferring = process.env['EAGRE_ENGINE'] ? ['test/train/preferred.ts'] : []

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    exclude: [...configDefaults.exclude, ...(forbidden ? [...driving, ...validating] : [])],
    setupFiles: preferring,
    // A test that hangs, not one on a machine that has much to do.
    testTimeout: 180_000,
    // On two cores half of them would be idle otherwise.
    maxWorkers: '100%',
    execArgv: flags,
    env: forbidden ? { NODE_OPTIONS: flags.join(' ') } : {},
  },
})
