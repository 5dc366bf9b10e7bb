import { describe, expect, test } from 'vitest'
import { lineStarts, position, toDiagnostic, type Problem } from '../../src/language/problem.js'

const at = (start: number, end: number): Problem => ({
  code: 'unknown-tag',
  severity: 'error',
  range: { start, end },
  tag: '!!x',
})

describe('a diagnostic', () => {
  test('has lines and columns from 1 with an exclusive end', () => {
    expect(toDiagnostic(at(4, 7), { file: 'f.yaml', text: 'a:\n b!!x\n' })).toEqual({
      file: 'f.yaml',
      line: 2,
      column: 2,
      endLine: 2,
      endColumn: 5,
      severity: 'error',
      code: 'unknown-tag',
      message: 'the tag "!!x" means nothing here',
      hint: 'leave it out; a graph file can never name code',
    })
  })

  test('counts columns in UTF-16 units', () => {
    const { column, endColumn } = toDiagnostic(at(3, 4), { file: 'f', text: '😀 x' })
    expect([column, endColumn]).toEqual([4, 5])
  })

  test('counts CR LF as one end of line', () => {
    const { line, column } = toDiagnostic(at(6, 7), { file: 'f', text: 'a\r\nb\r\nc' })
    expect([line, column]).toEqual([3, 1])
  })

  test('may span lines and stand at the very end', () => {
    const found = toDiagnostic(at(0, 4), { file: 'f', text: 'a\nb\n' })
    expect([found.line, found.column, found.endLine, found.endColumn]).toEqual([1, 1, 3, 1])
  })

  test('says what came as a block of text on one line', () => {
    const problem: Problem = { ...at(0, 1), code: 'unknown-tag', tag: 'one\n  two\r\nthree' }
    const { message } = toDiagnostic(problem, { file: 'f', text: 'x' })
    expect(message).toContain('"one two three"')
  })

  test('bounds what a name of megabytes puts into a message', () => {
    const problem: Problem = { ...at(0, 1), code: 'unknown-tag', tag: 'x'.repeat(1e6) }
    expect(toDiagnostic(problem, { file: 'f', text: 'x' }).message.length).toBeLessThan(600)
  })
})

test('position agrees with splitting the text', () => {
  const text = 'one\n\nthree\r\nfour\n'
  const starts = lineStarts(text)
  for (let offset = 0; offset <= text.length; offset++) {
    const above = text.slice(0, offset).split('\n')
    expect(position(starts, offset)).toEqual({
      line: above.length,
      column: above.at(-1)!.length + 1,
    })
  }
})
