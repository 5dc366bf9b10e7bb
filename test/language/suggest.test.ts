import { describe, expect, it } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { suggest } from '../../src/language/suggest.js'

describe('suggest', () => {
  it.each([
    ['tahn', 'tanh'],
    ['Tanh', 'tanh'],
    ['sigmiod', 'sigmoid'],
    ['squared_eror', 'squared_error'],
    ['leaky_rleu', 'leaky_relu'],
    ['hub', 'huber'],
  ])('takes "%s" for "%s" among the gates', (word, meant) => {
    expect(suggest(word, gates.keys())).toBe(meant)
  })

  it.each(['q', 'xyzzy', 'convolution', '', 'si'.repeat(40)])('knows nothing like "%s"', (word) => {
    expect(suggest(word, gates.keys())).toBeUndefined()
  })

  it('prefers an exchange of two letters to a lost one', () => {
    expect(suggest('tahn', ['tan', 'tanh'])).toBe('tanh')
    expect(suggest('tahn', ['tanh', 'tan'])).toBe('tanh')
  })

  it('takes the first of two that are as near', () => {
    expect(suggest('w1', ['w2', 'w3'])).toBe('w2')
  })

  it('does not suggest the word itself', () => {
    expect(suggest('same', ['same'])).toBeUndefined()
  })

  it('completes a word only where there is one way to do it', () => {
    expect(suggest('neg', ['negative_slope', 'x'])).toBe('negative_slope')
    expect(suggest('neg', ['negative_slope', 'negative_part'])).toBeUndefined()
  })

  it('finds the one near name among 100,000', () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `gate_number_${index * 1000}`)
    names.push('hidden_layer')
    expect(suggest('hiden_layer', names)).toBe('hidden_layer')
  })
})
