import { defineConfig } from 'vitest/config'

// With EAGRE_NO_EVAL=1 neither tests nor the processes they start may generate code from strings.
// Not this process: Vite itself does.
const flags = process.env['EAGRE_NO_EVAL'] ? ['--disallow-code-generation-from-strings'] : []

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    // On two cores half of them would be idle otherwise.
    maxWorkers: '100%',
    execArgv: flags,
    env: flags.length === 0 ? {} : { NODE_OPTIONS: flags.join(' ') },
  },
})
