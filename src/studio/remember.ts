/** Keeps the address of the page at what one sees, so that to load it again shows the same. */
import { effect } from '@preact/signals'
import { isAttached } from './connect.js'
import { ask } from './model.js'
import { readLook, writeShared, type Look, type Shared } from './share.js'
import { graph, logarithmic, notice, panel, recalled, status, unfolded } from './state.js'

/** Milliseconds after the last change. */
const pause = 300

/** Writes the address after each change; the first state of a page leaves it as it was. */
export function keepAddress(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let first: string | undefined
  effect(() => {
    const seen = JSON.stringify(state())
    if (graph.value === undefined || status.value === undefined) return
    first ??= seen
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (seen === first) return
      // From now on each change counts, also one that leads back.
      first = ''
      void remember(false)
    }, pause)
  })
}

/** Puts what one sees into the address, and returns it; `told` where it is meant for others. */
export async function remember(told: boolean): Promise<string> {
  const { origin, pathname } = location
  const address = `${origin}${pathname}#${await writeShared(state())}`
  if (told || graph.peek() !== undefined) history.replaceState(null, '', address)
  return address
}

/** What the address of this page says of the look of an application's graph. */
export async function recall(hash: string): Promise<void> {
  if (/[#&]g=/.test(hash)) {
    notice.value =
      'the address holds a graph, but an application runs the one on this page: open the address on a page by itself'
  }
  const look = await readLook(hash)
  if (look !== undefined) wear(look)
}

/** Has the page look as it did. */
export function wear({ unfolded: names, panel: name, logarithmic: log }: Look): void {
  if (names !== undefined) recalled.value = new Set(names)
  if (name === 'charts' || name === 'editor' || name === 'data') panel.value = name
  if (name === '') panel.value = undefined
  if (log !== undefined) logarithmic.value = log
}

/** Has the model run as it did. */
export async function settle({ rate, speed, frozen = {} }: Shared): Promise<void> {
  if (rate !== undefined) await ask({ type: 'rate', value: rate })
  if (speed !== undefined) await ask({ type: 'speed', stepsPerSecond: speed })
  for (const [name, on] of Object.entries(frozen)) await ask({ type: 'freeze', name, frozen: on })
}

function state(): Shared | Look {
  const shown = graph.value
  const look = {
    unfolded: [...unfolded.value],
    panel: panel.value ?? '',
    logarithmic: logarithmic.value,
  }
  if (shown === undefined || isAttached()) return look
  const { rate, speed = null } = status.value ?? {}
  const frozen = shown.nodes.filter(({ pinned }) => pinned !== undefined)
  return {
    text: shown.text,
    file: shown.file,
    ...look,
    ...(rate !== undefined && { rate }),
    ...(speed !== null && { speed }),
    ...(frozen.length > 0 && { frozen: Object.fromEntries(frozen.map(({ name, pinned }) => [name, pinned!])) }), // prettier-ignore
  }
}
