/**
 * The JSON Schema of graph files, for completion and hints in editors. Made from the table of
 * keys that the parser reads by, and from the catalogues.
 */
import type { Gate, Parameter } from '../gates/gate.js'
import type { Optimizer } from '../optimizers/optimizer.js'
import type { Schedule } from '../optimizers/schedule.js'
import { initializers } from '../optimizers/initializers.js'
import { libraryModules } from './library.js'
import { keyDocs } from './keydocs.js'
import { oneNeeded, sections, type Kind, type NumberKind, type SectionName } from './keys.js'

export interface SchemaCatalogue {
  readonly gates: ReadonlyMap<string, Gate>
  readonly optimizers: ReadonlyMap<string, Optimizer>
  readonly schedules: ReadonlyMap<string, Schedule>
}

/** A JSON Schema, or a part of one. */
export type Schema = { readonly [key: string]: unknown }

/**
 * Draft 7. What a place takes is told apart by type with `if` and `then`, never with `oneOf`, so
 * that an editor complains about the one thing that is wrong and not about every alternative.
 */
export function jsonSchema(catalogue: SchemaCatalogue): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'eagre graph',
    description: 'A computational graph that runs as streams and learns.',
    ...sectionSchema('graph', catalogue),
    ...knownGates(catalogue.gates),
    definitions: {
      formula: {
        description: 'A formula, like tanh(w * x + b).',
        // YAML reads `1`, `true` and `null` as no strings; as formulas they are text.
        type: ['string', 'number', 'boolean', 'null'],
      },
      gate: gateSchema(catalogue.gates),
      values: {
        description: 'A number, or a nested list of numbers.',
        type: ['number', 'array'],
        items: { $ref: '#/definitions/values' },
      },
    },
  }
}

/** Without modules of its own, and of other files, a graph knows what can be called by name. */
function knownGates(gates: ReadonlyMap<string, Gate>): Schema {
  const long = { type: 'object', propertyNames: { enum: [...gates.keys(), ...libraryModules] } }
  const gate = either([
    [{ type: 'object' }, long],
    [{}, {}],
  ])
  return {
    if: { anyOf: [having('modules'), having('use')] },
    else: { properties: { gates: { additionalProperties: gate }, loss: gate } },
  }
}

function sectionSchema(section: SectionName, catalogue: SchemaCatalogue): Schema {
  const properties: Record<string, Schema> = {}
  const required: string[] = []
  const needed = oneNeeded[section]
  for (const { name, kind, later, required: must } of sections[section]) {
    // Known to the parser only to say that it does not work yet.
    if (later) continue
    const schema = kindSchema(kind, catalogue)
    properties[name] = {
      description: keyDocs[section][name],
      ...(mayBeEmpty(kind) ? orNothing(schema) : schema),
    }
    if (must) required.push(name)
  }
  return {
    type: 'object',
    properties,
    ...(required.length > 0 && { required }),
    ...(needed && { anyOf: needed.map(having) }),
    additionalProperties: false,
  }
}

/** A key with nothing behind it is taken as if it were not there, where many things may follow. */
function mayBeEmpty(kind: Kind): boolean {
  if (kind.type === 'either') return kind.of.some((one) => one.type === 'map')
  if (kind.type === 'list') return kind.of.type === 'keys'
  return kind.type === 'map' || kind.type === 'keys'
}

function orNothing(schema: Schema): Schema {
  const { type, anyOf } = schema
  return {
    ...schema,
    type: [...new Set([type, 'null'].flat())],
    ...(Array.isArray(anyOf) && { anyOf: [...anyOf, { type: 'null' }] }),
  }
}

/** An object that has a key. */
function having(name: string): Schema {
  return { type: 'object', properties: { [name]: {} }, required: [name] }
}

function kindSchema(kind: Kind, catalogue: SchemaCatalogue): Schema {
  switch (kind.type) {
    case 'text':
      // `name: 1` is a text too.
      return { type: ['string', 'number', 'boolean'] }
    case 'boolean':
      return { type: 'boolean' }
    case 'number':
      return numberSchema(kind)
    case 'duration':
      return either([
        [{ type: 'number' }, { exclusiveMinimum: 0 }],
        [
          { type: 'string' },
          { pattern: String.raw`^(?=[0.]*[1-9])(\d+(\.\d+)?([eE][-+]?\d+)?|\.\d+)(ms|s|m|h)$` },
        ],
      ])
    case 'bytes':
      return either([
        [{ type: 'number' }, { minimum: 1 }],
        [
          { type: 'string' },
          { pattern: String.raw`^(\d+(\.\d+)?([eE][-+]?\d+)?|\.\d+) ?(kB|MB|GB)$` },
        ],
      ])
    case 'word':
      return { enum: kind.words }
    case 'formula':
      return { $ref: '#/definitions/formula' }
    case 'gate':
      return { $ref: '#/definitions/gate' }
    case 'name':
      // A node may be called `true` or `null`.
      return { type: ['string', 'boolean', 'null'] }
    case 'values':
      return { type: ['number', 'array'], items: { $ref: '#/definitions/values' } }
    case 'nothing':
      return { type: 'null' }
    case 'list':
      return {
        type: 'array',
        items: kindSchema(kind.of, catalogue),
        ...(kind.least !== undefined && { minItems: kind.least }),
      }
    case 'map':
      return {
        type: 'object',
        propertyNames: { pattern: names },
        additionalProperties: kindSchema(kind.of, catalogue),
      }
    case 'keys':
      return sectionSchema(kind.keys, catalogue)
    case 'choice':
      return choiceSchema(kind.from, catalogue)
    case 'either':
      return alternatives(kind.of, catalogue)
    default:
      return kind satisfies never
  }
}

/** Dotted, as tests name inner nodes too. Engines without Unicode classes take any letter as one. */
const names = String.raw`^[^\d\W]|^[^\x00-\x7F]`

function numberSchema({ minimum, exclusive, whole }: NumberKind): Schema {
  return {
    type: whole ? 'integer' : 'number',
    ...(minimum !== undefined && { [exclusive ? 'exclusiveMinimum' : 'minimum']: minimum }),
  }
}

/** Alternatives of different JSON types. */
function alternatives(kinds: readonly Kind[], catalogue: SchemaCatalogue): Schema {
  const declaration = kinds.find((kind) => kind.type === 'keys' && kind.keys === 'declaration')
  const choice = kinds.find((kind) => kind.type === 'choice')
  if (choice !== undefined && declaration !== undefined) {
    // Both are maps: an optimizer that is declared has an update.
    return either([
      [
        { type: 'object', properties: { update: {} }, required: ['update'] },
        kindSchema(declaration, catalogue),
      ],
      [{}, kindSchema(choice, catalogue)],
    ])
  }
  const schemas = kinds.map((kind) => kindSchema(kind, catalogue))
  const plain = schemas.every((schema) => Object.keys(schema).join() === 'type')
  if (plain) return { type: [...new Set(schemas.flatMap(({ type }) => type as string | string[]))] }
  return either(schemas.map((schema) => [{ type: typeOf(schema) }, schema]))
}

function typeOf(schema: Schema): unknown {
  return schema['type'] ?? 'string'
}

/** `if … then … else if …`: the first condition that holds decides. */
function either(cases: readonly (readonly [condition: Schema, consequence: Schema])[]): Schema {
  const types = cases.flatMap(([{ type }]) => (type === undefined ? [] : [type].flat()))
  const open = cases.some(([condition]) => condition['type'] === undefined)
  const chain = cases.reduceRight<Schema | undefined>((rest, [condition, consequence]) => {
    if (Object.keys(condition).length === 0) return consequence
    // oxlint-disable-next-line unicorn/no-thenable -- it is what JSON Schema calls it
    return { if: condition, then: consequence, ...(rest !== undefined && { else: rest }) }
  }, undefined)
  return { ...(!open && { type: [...new Set(types)] }), ...chain }
}

/** A name of the catalogue, or a map of exactly one with its parameters. */
function choiceSchema(
  from: 'optimizers' | 'schedules' | 'initializers',
  catalogue: SchemaCatalogue,
): Schema {
  const properties: Record<string, Schema> = {}
  const all: string[] = []
  if (from === 'optimizers') {
    for (const [name, { doc, parameters }] of catalogue.optimizers) {
      const inner: Record<string, Schema> = {}
      for (const [key, value] of parameters) {
        inner[key] = { type: typeof value, default: value }
      }
      properties[name] = parametersSchema(doc, inner)
      all.push(name)
    }
  } else if (from === 'initializers') {
    for (const [name, { doc, parameters }] of initializers) {
      const inner: Record<string, Schema> = {}
      for (const { name: key, words, default: standard } of parameters) {
        const type = words === undefined ? { type: 'number' } : { enum: words }
        inner[key] = { ...type, ...(standard !== undefined && { default: standard }) }
      }
      properties[name] = parametersSchema(doc, inner)
      all.push(name)
    }
  } else {
    for (const [name, { doc, parameters }] of catalogue.schedules) {
      const inner: Record<string, Schema> = {}
      for (const { name: key, type, words, default: standard } of parameters) {
        const shown = standard === undefined ? {} : { default: standard }
        inner[key] = { ...scheduleTypes[type], ...(words && { enum: words }), ...shown }
      }
      properties[name] = parametersSchema(doc, inner)
      all.push(name)
    }
    properties['per'] = {
      description: 'What the schedule counts: epochs, or updates of the weights.',
      enum: ['epoch', 'update'],
    }
  }
  const map = {
    properties,
    additionalProperties: false,
    minProperties: 1,
    maxProperties: from === 'schedules' ? 2 : 1,
    // Beside `per` stands the schedule that it is about.
    ...(from === 'schedules' && either([[having('per'), { minProperties: 2 }]])),
  }
  return either([
    [{ type: 'object' }, map],
    [{ type: 'string' }, { enum: all }],
  ])
}

const scheduleTypes = {
  number: { type: 'number' },
  count: { type: 'integer', minimum: 1 },
  numbers: { type: 'array', items: { type: 'number' } },
  word: { type: 'string' },
} as const

function parametersSchema(doc: string, properties: Record<string, Schema>): Schema {
  return {
    description: doc,
    type: ['object', 'null'],
    properties,
    additionalProperties: false,
  }
}

const textPattern = `^\\s*("[^"]*"|'[^']*')\\s*$`

/** A number may be a word too, and a list of numbers. */
function parameterSchema(type: Parameter['type'], words: Parameter['words']): Schema {
  // In quotes of its own: a formula reads it.
  if (type === 'text') return { type: 'string', pattern: textPattern }
  if (type === undefined) return words === undefined ? {} : { enum: words }
  const cases: [Schema, Schema][] = [[{ type: 'integer' }, {}]]
  if (type === 'integers') cases.push([{ type: 'array' }, { items: { type: 'integer' } }])
  if (words !== undefined) cases.push([{ type: 'string' }, { enum: words }])
  return either(cases)
}

/** A formula, or `{ gate: ports }` with exactly one key. */
function gateSchema(gates: ReadonlyMap<string, Gate>): Schema {
  const formula = { $ref: '#/definitions/formula' }
  const properties: Record<string, Schema> = {}
  for (const [name, { doc, ports, parameters, variadic }] of gates) {
    const named: Record<string, Schema> = {}
    for (const port of ports) named[port.name] = formula
    for (const { name: key, type, words, default: standard } of parameters) {
      named[key] = { ...parameterSchema(type, words), default: standard }
    }
    // A gate of any number of inputs has ports of any name: a, b, …, z, aa.
    const map = { properties: named, additionalProperties: variadic ? formula : false }
    properties[name] = {
      description: doc,
      ...either([
        [{ type: 'object' }, map],
        [{ type: 'array' }, { items: formula }],
        [{ type: ['string', 'number', 'boolean', 'null'] }, {}],
      ]),
    }
  }
  // A name that is none of the catalogue is that of a module: its options may be lists.
  const module = either([
    [
      { type: 'object' },
      {
        additionalProperties: either([
          [{ type: 'array' }, {}],
          [{}, formula],
        ]),
      },
    ],
    [{ type: 'array' }, { items: formula }],
    [{ type: ['string', 'number', 'boolean', 'null'] }, {}],
  ])
  return either([
    [
      { type: 'object' },
      { properties, additionalProperties: module, minProperties: 1, maxProperties: 1 },
    ],
    [{ type: ['string', 'number', 'boolean', 'null'] }, formula],
  ])
}
