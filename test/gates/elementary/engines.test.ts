/** The elementary functions in one engine after the other. */
import { beforeAll, describe, expect, test } from 'vitest'
import { bundled, engines } from '../../house/engines.js'

/** Of 100,000 results each, by hash.ts. They change with a function, and with nothing else. */
const hashes = `
acos d629ff5f
asin 1748fbcf
atan 523d69fb
atan2 05e2427e
cbrt 14b1510f
cos 4632de48
cosh 8ef8fe8d
erf 692bccd7
erfc cc58722c
exp f98e0376
expm1 977de6e7
hypot 31482333
log e979113c
log1p f35659f6
normal 4dc3a90b
power 173da680
sigmoid 249b2095
sin a52c311f
sinh a2c41ebd
softplus 1c9bec6e
tan 14bf4f7c
tanh 33898dd5
`.trim()

describe('the same bits of every function come out of', () => {
  let script = ''
  beforeAll(async () => {
    script = await bundled('test/gates/elementary/hash.ts')
  })

  for (const { name, missing, run } of engines()) {
    const title = missing === undefined ? name : `${name} (skipped: ${missing})`
    test.skipIf(missing !== undefined)(title, { timeout: 300_000 }, () => {
      expect(run(script)).toBe(hashes)
    })
  }
})
