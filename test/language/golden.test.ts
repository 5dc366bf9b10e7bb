import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { gates } from '../../src/gates/index.js'
import { meaningWords } from '../../src/language/meaning.js'
import { parsePlan } from '../../src/language/parseplan.js'
import { optimizers, schedules } from '../../src/optimizers/index.js'

/**
 * Documents and what is wrong with them: `graphs/NAME.yaml` and `graphs/NAME.txt`. With
 * UPDATE_GOLDEN=1 the texts are written anew; read the difference before it is committed.
 */
const folder = new URL('graphs/', import.meta.url)
const update = process.env['UPDATE_GOLDEN'] === '1'
const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))

function diagnose(file: string): string {
  const text = readFileSync(new URL(file, folder), 'utf8')
  const { diagnostics } = parsePlan(text, { file, gates, optimizers, schedules })
  const lines = diagnostics.map(({ line, column, endLine, endColumn, severity, code, message, hint }) => {
    const end = endLine === line ? `${endColumn}` : `${endLine}:${endColumn}`
    return `${file}:${line}:${column}-${end} ${severity} ${code}: ${message}\n${hint ? `  ${hint}\n` : ''}`
  }) // prettier-ignore
  return lines.join('')
}

describe('the diagnostics of', () => {
  it.each(files)('%s are as written down', (file) => {
    const golden = new URL(file.replace('.yaml', '.txt'), folder)
    const told = diagnose(file)
    if (update) writeFileSync(golden, told)
    expect(existsSync(golden), `${golden.pathname} is missing`).toBe(true)
    expect(told).toBe(readFileSync(golden, 'utf8'))
  })
})

it('every code of the checker has a document that shows it', () => {
  const all = files.map(diagnose).join('')
  // No YAML text of a decent length leads to these.
  const elsewhere = ['not-finite', 'module-size']
  const unseen = Object.keys(meaningWords).filter((code) => !all.includes(` ${code}: `))
  expect(unseen.toSorted()).toEqual(elsewhere.toSorted())
})
