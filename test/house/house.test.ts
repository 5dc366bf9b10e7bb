/** What the repository promises about itself. */
import { posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importsOf, ownFiles, read } from './files.js'

const files = ownFiles()
const sources = files.filter((path) => path.startsWith('src/') && /\.tsx?$/.test(path))

/** A file imports only from its own folder and from those before it. */
const order = [
  ...['errors.ts', 'formula', 'tensor', 'gates', 'optimizers', 'language', 'kernel', 'network'],
  ...['train', 'graph.ts', 'index.ts', 'files', 'node.ts', 'remote', 'studio', 'studio.ts', 'cli'],
]
const browser = order.slice(0, order.indexOf('index.ts') + 1)
const room = (path: string) => path.split('/')[1]!

/** ECMAScript says to the last bit what these are. */
const exact = new Set([
  ...['abs', 'ceil', 'clz32', 'floor', 'fround', 'imul', 'max', 'min', 'round', 'sign', 'sqrt'],
  'trunc',
])

/** The file that a relative import means. */
const target = (from: string, to: string) =>
  [to.replace(/\.js$/, '.ts'), to.replace(/\.js$/, '.tsx')]
    .map((name) => posix.join(posix.dirname(from), name))
    .find((path, at) => at === 1 || files.includes(path))!

describe('imports', () => {
  test('every source is in a room of the house', () => {
    expect(sources.filter((path) => !order.includes(room(path)))).toEqual([])
  })

  test('go up the house and never down', () => {
    const wrong = sources.flatMap((path) =>
      importsOf(path)
        .filter((to) => to.startsWith('.'))
        .filter((to) => order.indexOf(room(target(path, to))) > order.indexOf(room(path)))
        .map((to) => `${path} imports ${to}`),
    )
    expect(wrong).toEqual([])
  })

  test('name files that exist', () => {
    const missing = sources.flatMap((path) =>
      importsOf(path)
        .filter((to) => to.startsWith('.') && !files.includes(target(path, to)))
        .map((to) => `${path} imports ${to}`),
    )
    expect(missing).toEqual([])
  })

  test('what browsers get imports nothing of Node, and only small packages', () => {
    const packages = new Set<string>()
    for (const path of sources.filter((file) => browser.includes(room(file)))) {
      for (const to of importsOf(path)) if (!to.startsWith('.')) packages.add(to)
    }
    expect([...packages].sort()).toEqual(['leven', 'rxjs', 'yaml'])
  })

  test('only language/ uses yaml, and only kernel/ generates code', () => {
    const using = (pattern: RegExp) => sources.filter((path) => pattern.test(read(path))).map(room)
    expect(new Set(using(/from 'yaml'/))).toEqual(new Set(['language']))
    expect(new Set(using(/\bnew Function\b|\beval\(/))).toEqual(new Set(['kernel']))
  })

  test('numbers are computed with no function of the engine whose last bits it may choose', () => {
    // What draws and prints may: no number of a graph comes from there.
    const computing = sources.filter((path) => !['cli', 'studio'].includes(room(path)))
    const chosen = new Set(
      Object.getOwnPropertyNames(Math)
        .filter((name) => typeof Math[name as keyof typeof Math] === 'function')
        .filter((name) => !exact.has(name)),
    )
    const wrong = computing.flatMap((path) => {
      const code = read(path).replace(/\/\*[^]*?\*\/|\/\/.*|'[^'\n]*'/g, '')
      const called = [...code.matchAll(/\bMath\.(\w+)/g)].filter(([, name]) => chosen.has(name!))
      // Powers of literals are known when the code is compiled.
      const powers = [...code.matchAll(/(\S+) \*\*=? (\S+)/g)].filter(
        ([, base, exponent]) => !/(?:^|[^\w.\])])\d+$/.test(base!) || !/^-?\d/.test(exponent!),
      )
      return [...called, ...powers].map(([text]) => `${path}: ${text}`)
    })
    expect(wrong).toEqual([])
  })

  test('every package that is imported is a dependency, and none is left over', () => {
    const { dependencies, peerDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      object
    >
    const declared = [...Object.keys(dependencies!), ...Object.keys(peerDependencies!)].sort()
    const used = new Set<string>()
    // What the page is made of is built into it.
    for (const path of sources.filter((file) => room(file) !== 'studio')) {
      for (const to of importsOf(path)) {
        if (to.startsWith('.') || to.startsWith('node:')) continue
        used.add(
          to
            .split('/')
            .slice(0, to.startsWith('@') ? 2 : 1)
            .join('/'),
        )
      }
    }
    expect([...used].sort()).toEqual(declared)
  })
})

describe('files', () => {
  test('the top level holds what it should and nothing else', () => {
    const top = new Set(
      files.map((path) => path.split('/')[0]!).filter((name) => !name.startsWith('.')),
    )
    expect([...top].sort()).toEqual([
      ...['LICENSE', 'README.md', 'graphs', 'package-lock.json', 'package.json', 'src', 'test'],
      'tsconfig.json',
    ])
  })

  test('no file knows a machine or where packages were fetched from', () => {
    const texts = files.filter((path) => !/\.(png|jpe?g)$/.test(path))
    const found = texts.filter((path) => {
      const text = read(path)
      return (
        /\/(?:home|root|Users|work)\/[a-z]|\.\.\/shared\b/.test(text) ||
        /"resolved":/.test(text) ||
        /registry\.[a-z]+\.[a-z]+/.test(text)
      )
    })
    // This very file has to say what it looks for.
    expect(found.filter((path) => path !== 'test/house/house.test.ts')).toEqual([])
  })

  test('nothing is skipped, focused or left to do', () => {
    const marks = files
      .filter((path) => /^(?:src|test|graphs)\//.test(path) && path !== 'test/house/house.test.ts')
      .filter((path) =>
        /\b(?:test|it|describe)\.(?:only|todo)\(|\bTODO\b|\bFIXME\b/.test(read(path)),
      )
    expect(marks).toEqual([])
  })

  test('source files stay short enough to read', () => {
    const long = sources.filter((path) => read(path).split('\n').length > 600)
    expect(long).toEqual([])
  })
})
