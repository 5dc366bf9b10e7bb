/** The modules that are written are valid and do what they say. */
import { expect, test } from 'vitest'
import { Binary } from '../../../src/kernel/wasm/binary.js'
import { Bytes } from '../../../src/kernel/wasm/bytes.js'
import { accesses, instructions, type Access, type Instruction } from '../../../src/kernel/wasm/instructions.js' // prettier-ignore
import { made } from './host.js'

test('a module without functions is valid', () => {
  expect(WebAssembly.validate(new Binary(1).bytes())).toBe(true)
})

test('whole numbers are written in seven bits a byte', () => {
  const written = (value: number) => [...new Bytes(1).unsigned(value).finish()]
  expect(written(0)).toStrictEqual([0])
  expect(written(127)).toStrictEqual([127])
  expect(written(128)).toStrictEqual([0x80, 1])
  // The example of the DWARF standard.
  expect(written(624_485)).toStrictEqual([0xe5, 0x8e, 0x26])
  expect(written(2 ** 32 - 1)).toStrictEqual([255, 255, 255, 255, 15])
})

test.each([0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, -8193, 2 ** 31 - 1, -(2 ** 31)])(
  'the constant %i comes back',
  (value) => {
    const { run } = made({ parameters: [], result: 'i32' }, (code) => code.i32(value))
    expect(run()).toBe(value)
  },
)

test.each([0, -0, 1.5, -1e-310, Infinity, NaN, Number.MAX_VALUE])('so does %d', (value) => {
  const { run } = made({ parameters: [], result: 'f64' }, (code) => code.f64(value))
  expect(run()).toBe(value)
})

/** What the instruction takes and gives, by its name. */
function typesOf(name: Instruction): [takes: string[], gives: string] {
  if (name === 'i32.eqz') return [['i32'], 'i32']
  if (name === 'i32.trunc_sat_f64_s') return [['f64'], 'i32']
  if (name === 'f64.convert_i32_s') return [['i32'], 'f64']
  if (name === 'f64x2.splat') return [['f64'], 'v128']
  if (name === 'v128.bitselect') return [['v128', 'v128', 'v128'], 'v128']
  if (name === 'v128.any_true') return [['v128'], 'i32']
  const [kind, what] = name.split('.') as [string, string]
  const type = kind === 'f64x2' ? 'v128' : kind
  const single = ['abs', 'neg', 'ceil', 'floor', 'nearest', 'sqrt'].includes(what)
  const compares = /^(eq|ne|lt|gt|le|ge)(_s|_u)?$/.test(what)
  return [single ? [type] : [type, type], compares && type === 'f64' ? 'i32' : type]
}

const simple = (Object.keys(instructions) as Instruction[]).filter((name) => name.includes('.'))

test.each(simple)('%s is valid where it stands between its types', (name) => {
  const [takes, gives] = typesOf(name)
  made({ parameters: takes as ['f64'], result: 'i32' }, (code) => {
    takes.forEach((_, at) => code.get(at))
    code
      .op(name)
      .set(code.local(gives as 'f64'))
      .i32(1)
  })
})

test.each(Object.keys(accesses) as Access[])('%s is valid where it stands', (name) => {
  const type = name.startsWith('v128') ? 'v128' : name.startsWith('f64') ? 'f64' : 'i32'
  made({ parameters: [type] }, (code) => {
    code.i32(8)
    if (name.endsWith('store')) code.get(0).access(name, 16)
    else code.access(name, 16).set(code.local(type))
  })
})

test('loops count, and blocks are left', () => {
  const { run } = made({ parameters: ['i32'], result: 'i32' }, (code) => {
    const [sum, at] = [code.local('i32'), code.local('i32')]
    code.block((done) => {
      code.count(at, 0, 100, 1, () => {
        code.get(at).get(0).op('i32.eq').brIf(done)
        code.get(sum).get(at).op('i32.add').set(sum)
      })
    })
    code.get(sum)
  })
  expect(run(10)).toBe(45)
  expect(run(1000)).toBe(4950)
})

test('a late function of the host is a mistake of ours', () => {
  const binary = new Binary(1)
  binary.function({ parameters: [] }, () => {})
  expect(() => binary.external('x', { parameters: [] })).toThrow('internal')
})
