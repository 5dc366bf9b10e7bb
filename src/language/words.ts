/** Every problem in words: the only place where a graph's problems become sentences. */
import { meaningWords } from './meaning.js'
import type { Code, Problem, Words } from './problem.js'

type Table = { readonly [C in Code]: (problem: Extract<Problem, { code: C }>) => Words }

/** By code; a code without words does not type-check. */
export const words: Table = {
  'formula-syntax': asItSays,
  'formula-empty': asItSays,
  'formula-depth': asItSays,
  'formula-number': asItSays,
  'formula-habit': asItSays,
  'formula-chain': asItSays,
  'formula-argument': asItSays,

  'too-large': ({ size, limit }) => ({
    message: `the file has ${size} bytes; a graph file has at most ${limit}`,
    hint: 'keep data in a file of its own, under train.data.file',
  }),
  'not-utf8': ({ offset }) => ({
    message: `the file is not UTF-8 text: byte ${offset} fits no character`,
    hint: 'save it as UTF-8',
  }),
  'nul-character': () => ({
    message: 'the file holds a NUL character',
    hint: 'save it as UTF-8 text',
  }),
  'empty-file': () => ({
    message: 'the file is empty',
    hint: 'begin with inputs: and gates:, or let "eagre init" write a graph',
  }),

  'yaml-syntax': asItSays,
  'yaml-version': ({ version }) => ({
    message: `YAML ${version} is not supported, only 1.2`,
    hint: 'leave out the %YAML line',
  }),
  'too-deep': ({ limit }) => ({ message: `the file nests more than ${limit} levels deep` }),
  'too-many-aliases': ({ limit }) => ({
    message: `aliases expand to more than ${limit} values`,
    hint: 'write the values out, or read them from a file',
  }),
  'too-many-pieces': ({ limit }) => ({
    message: `the file has more than ${limit} words, signs and line ends`,
    hint: 'keep data in a file of its own, under train.data.file',
  }),
  'too-long': ({ limit }) => ({
    message: `a single text has more than ${limit} characters`,
    hint: 'keep data in a file of its own, under train.data.file',
  }),
  'several-documents': () => ({
    message: 'a second document begins here',
    hint: 'a file holds one graph: put the second in a file of its own',
  }),
  'unknown-tag': ({ tag }) => ({
    message: `the tag "${tag}" means nothing here`,
    hint: 'leave it out; a graph file can never name code',
  }),
  'unknown-alias': ({ name, suggestion }) => ({
    message: `no anchor "&${name}" stands before this alias`,
    hint: suggestion ? didYouMean(`*${suggestion}`) : 'a formula that starts with "*" needs quotes',
  }),
  'duplicate-key': ({ key, line }) => ({
    message: `"${key}" is defined twice`,
    hint: `first defined at line ${line}`,
  }),
  'bad-merge': () => ({
    message: '"<<" merges a map, and there is none',
    hint: 'write <<: *anchor, where the anchor marks a map',
  }),
  'not-a-key': ({ kind }) => ({
    message: `${kind} cannot be a key`,
    hint: 'a formula that starts with "[", "{" or "? " needs quotes',
  }),

  tab: () => ({
    message: 'a tab cannot indent a line',
    hint: 'indent with spaces',
  }),
  'missing-space': ({ key, value }) => ({
    message: `"${key}:${value}" is one word`,
    hint: `put a space after the colon: ${key}: ${value}`,
  }),
  'cut-formula': ({ formula, list }) => ({
    message: `the formula is cut at a comma: "${formula}" ends before its parenthesis closes`,
    hint: `put quotes around it, or write the ${list ? 'list' : 'map'} with one line for each`,
  }),
  'formula-start': ({ sign }) => ({
    message: `a formula that starts with "${sign}" means something else in YAML`,
    hint: 'put quotes around the whole formula',
  }),
  'formula-colon': () => ({
    message: 'a colon and a space inside a value end a key in YAML',
    hint: 'in a formula write name=value or where(condition, a, b); other texts need quotes',
  }),
  'formula-comment': () => ({
    message: 'the formula ends at " #", where a comment begins',
    hint: 'put the comment behind the whole formula, or quotes around the formula',
  }),
  'folded-comment': () => ({
    message: 'there are no comments inside a block of text: "#" belongs to the formula',
    hint: 'put the comment on the line above the key',
  }),
  'bad-number': ({ text, hint }) => ({ message: `"${text}" is not a number`, hint }),

  'unknown-key': ({ key, of, suggestion, habit }) => ({
    message: of === '' ? `there is no key "${key}"` : `${of} has no key "${key}"`,
    hint: habit ?? (suggestion && didYouMean(suggestion)),
  }),
  'not-yet': ({ what }) => ({ message: `${what} does not work yet` }),
  'missing-key': ({ keys, of }) => ({
    message: `${of} needs the key ${keys.map((key) => `"${key}"`).join(' or ')}`,
  }),
  'wrong-kind': ({ what, expected, got }) => ({
    message: `${what} must be ${expected}, got ${got}`,
  }),
  'out-of-range': ({ what, expected, got }) => ({
    message: `${what} must be ${expected}, got ${got}`,
  }),
  'bad-word': ({ what, word, words, suggestion }) => ({
    message: `${what} must be ${oneOf(words)}, got "${word}"`,
    hint: suggestion && didYouMean(suggestion),
  }),
  'bad-name': ({ name, repair }) => ({
    message: `"${name}" is not a name: it starts with a letter or "_" and goes on with letters, digits and "_"`,
    hint: repair && didYouMean(repair),
  }),
  'bad-duration': ({ text }) => ({
    message: `"${text}" is not a duration`,
    hint: 'write milliseconds, or 500ms, 10s, 10m, 2h',
  }),
  'bad-size': ({ text }) => ({
    message: `"${text}" is not a size in bytes`,
    hint: 'write bytes, or 500kB, 64MB, 1GB',
  }),
  'long-form': ({ found, what }) => ({
    message: `${what} is a map of exactly one key, the gate's; here are ${found}`,
    hint: 'write { gate: { port: formula, parameter: value } }',
  }),
  'mixed-keys': ({ what, keys }) => ({
    message: `${what} takes only one of ${keys.map((key) => `"${key}"`).join(', ')}`,
  }),
  'class-twice': ({ name }) => ({ message: `the class "${name}" is named twice` }),
  'row-length': ({ row, expected, got }) => ({
    message: `row ${row} has ${got} values, the header has ${expected}`,
  }),

  ...meaningWords,
}

function asItSays({ message, hint }: { message: string; hint?: string }): Words {
  return { message, hint }
}

function didYouMean(name: string): string {
  return `did you mean "${name}"?`
}

function oneOf(words: readonly string[]): string {
  return words.length === 1 ? `"${words[0]}"` : `one of ${words.join(', ')}`
}
