/** What may be written at a place of a graph file: from the table of keys and the catalogues. */
import { gates } from '../gates/index.js'
import { keyDocs } from '../language/keydocs.js'
import { sections, type Kind, type SectionName } from '../language/keys.js'
import { libraryModules } from '../language/library.js'
import { optimizers, schedules } from '../optimizers/index.js'
import { initializers } from '../optimizers/initializers.js'
import { namesIn, whereIs } from './where.js'

/** Something that may be written. */
export interface Offer {
  readonly label: string
  /** What kind of thing it is, for its mark. */
  readonly type: 'keyword' | 'function' | 'variable' | 'constant' | 'property'
  readonly detail?: string
  readonly info?: string
  /** What is put in, where it is not the label. */
  readonly apply?: string
}

/** What a place takes: a kind of the table, or what belongs into a named row of a catalogue. */
type Place = Kind | { readonly type: 'ports'; readonly gate: string } | { readonly type: 'row'; readonly from: Catalogue; readonly name: string } // prettier-ignore
type Catalogue = Extract<Kind, { type: 'choice' }>['from']

/** All that may stand at a position of a text. */
export function offersAt(text: string, position: number): readonly Offer[] {
  const { path, at } = whereIs(text, position)
  const places = placesOf(path)
  const offers = places.flatMap((place) => (at === 'key' ? keysOf(place) : valuesOf(place, text)))
  return [...new Map(offers.map((offer) => [offer.label, offer])).values()]
}

/** What is known of the word that ends at a position. */
export function hintAt(text: string, start: number, end: number): Offer | undefined {
  const word = text.slice(start, end)
  return offersAt(text, start).find(({ label, info }) => label === word && info !== undefined)
}

function placesOf(path: readonly string[]): readonly Place[] {
  let places: readonly Place[] = [{ type: 'keys', keys: 'graph' }]
  for (const key of path) places = places.flatMap((place) => inside(place, key))
  return places.flatMap(plain)
}

/** Alternatives one by one; an item of a list is what the list is of. */
function plain(place: Place): readonly Place[] {
  if (place.type === 'either') return place.of.flatMap(plain)
  return place.type === 'list' ? plain(place.of) : [place]
}

function inside(place: Place, key: string): readonly Place[] {
  return plain(place).flatMap((one): readonly Place[] => {
    if (one.type === 'keys') {
      const found = sections[one.keys].find(({ name }) => name === key)
      return found === undefined ? [] : [found.kind]
    }
    if (one.type === 'map') return [one.of]
    if (one.type === 'gate') return [{ type: 'ports', gate: key }]
    if (one.type === 'ports') return [{ type: 'formula' }]
    return one.type === 'choice' ? [{ type: 'row', from: one.from, name: key }] : []
  })
}

function keysOf(place: Place): readonly Offer[] {
  switch (place.type) {
    case 'keys':
      return sectionOffers(place.keys)
    case 'gate':
      return callOffers().map((offer) => ({ ...offer, apply: `${offer.label}: ` }))
    case 'ports': {
      const { ports = [], parameters = [] } = gates.get(place.gate) ?? {}
      return [
        ...ports.map(({ name }) => property(name, 'port')),
        ...parameters.map(({ name, default: standard }) => property(name, String(standard))),
      ]
    }
    case 'choice':
      return rows(place.from).map((offer) => ({ ...offer, apply: `${offer.label}: ` }))
    case 'row':
      return parametersOf(place.from, place.name)
    default:
      return []
  }
}

function valuesOf(place: Place, text: string): readonly Offer[] {
  switch (place.type) {
    case 'formula':
    case 'gate':
      return [...nodeOffers(text), ...callOffers()]
    case 'name':
      return nodeOffers(text)
    case 'word':
      return place.words.map((label) => ({ label, type: 'constant' }))
    case 'boolean':
      return ['true', 'false'].map((label) => ({ label, type: 'constant' }))
    case 'choice':
      return rows(place.from)
    default:
      return []
  }
}

function sectionOffers(section: SectionName): readonly Offer[] {
  return sections[section]
    .filter(({ later }) => later !== true)
    .map(({ name }) => {
      const info = keyDocs[section][name]
      return { label: name, type: 'keyword', apply: `${name}: `, ...(info !== undefined && { info }) } // prettier-ignore
    })
}

function callOffers(): readonly Offer[] {
  const known = [...gates].map(([label, { ports, doc }]): Offer => {
    return { label, type: 'function', detail: `(${ports.map(({ name }) => name).join(', ')})`, info: doc } // prettier-ignore
  })
  return [...known, ...libraryModules.map((label): Offer => ({ label, type: 'function', detail: 'module' }))] // prettier-ignore
}

function nodeOffers(text: string): readonly Offer[] {
  return namesIn(text).map((label) => ({ label, type: 'variable', detail: 'node' }))
}

function rows(from: Catalogue): readonly Offer[] {
  const all = from === 'optimizers' ? optimizers : from === 'schedules' ? schedules : initializers
  return [...all].map(([label, { doc }]) => ({ label, type: 'function', info: doc }))
}

function parametersOf(from: Catalogue, name: string): readonly Offer[] {
  if (from === 'optimizers') {
    const all = optimizers.get(name)?.parameters ?? new Map<string, number | boolean>()
    return [...all].map(([key, standard]) => property(key, String(standard)))
  }
  const { parameters = [] } = (from === 'schedules' ? schedules : initializers).get(name) ?? {}
  return parameters.map(({ name: key, default: standard }) => property(key, standard === undefined ? 'needed' : String(standard))) // prettier-ignore
}

function property(label: string, detail: string): Offer {
  return { label, type: 'property', detail, apply: `${label}: ` }
}
