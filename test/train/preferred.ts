/**
 * With `EAGRE_ENGINE=interpret|javascript|wasm` tests run again with what they train by that engine,
 * however short, unless they ask for another. `preferred.test.ts` holds that they do.
 */
import { vi } from 'vitest'
import type * as Engine from '../../src/train/engine.js'

const wanted = process.env['EAGRE_ENGINE'] as Engine.EngineOption // else the test finds it out

vi.mock('../../src/train/engine.js', async (original) => {
  const real = await original<typeof Engine>()
  const chooseEngine: typeof real.chooseEngine = (asked, made, ...size) => {
    const free = asked === 'auto' && typeof made.training !== 'string'
    return real.chooseEngine(free ? wanted : asked, made, ...size)
  }
  return { ...real, chooseEngine }
})
