/** Reads `learn`: how a graph learns from a stream of events. */
import { readNumberKey, readSection, readTextKey, readWordKey, type Reader } from './read.js'
import type { LearnSpec } from './spec.js'
import type { Entry } from './tree.js'

export function readLearn(reader: Reader, entry: Entry): LearnSpec | undefined {
  const learn = readSection(reader, 'learn', entry, 'learn')
  if (learn === undefined) return undefined
  const text = (name: string) => readTextKey(reader, learn, name)
  const number = (name: string) => readNumberKey(reader, learn, name)
  const late = readWordKey<'recompute' | 'stash'>(reader, learn, 'late')
  const overflow = readWordKey<NonNullable<LearnSpec['overflow']>['value']>(
    reader,
    learn,
    'overflow',
  )
  const onFault = readWordKey<'skip' | 'stop' | 'rollback'>(reader, learn, 'on_fault')
  const said = {
    ...{ id: text('id'), key: text('key'), labels: text('labels') },
    ...{ ttl: number('ttl'), pending: number('pending'), memory: number('memory'), late },
    ...{ maxKeys: number('max_keys'), idle: number('idle'), warmUp: number('warm_up') },
    ...{ overflow, onFault, budget: number('budget') },
  }
  // An absent key stays absent. `fromEntries` forgets which keys went in.
  const there = Object.entries(said).filter(([, located]) => located !== undefined)
  return { range: entry.key.range, ...(Object.fromEntries(there) as Omit<LearnSpec, 'range'>) }
}
