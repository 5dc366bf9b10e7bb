/** The graphs that come with the page, and the one that its address holds. */
import { signal } from '@preact/signals'
import { readShared, type Shared } from './share.js'

export interface GalleryEntry {
  readonly file: string
  readonly name: string
  readonly description: string
}

/** What one can choose from; empty where the page shows the model of an application. */
export const gallery = signal<readonly GalleryEntry[]>([])

/** The list of the graphs beside this page. */
export async function load(): Promise<readonly GalleryEntry[]> {
  const response = await fetch('./graphs/index.json')
  return response.ok ? ((await response.json()) as GalleryEntry[]) : []
}

/** The text of a graph of the gallery. */
export async function textOf(file: string): Promise<string> {
  const response = await fetch(`./graphs/${file}`)
  if (!response.ok) throw new Error(`${file} is not beside this page`)
  return response.text()
}

/** What the page begins with. */
export async function firstGraph(): Promise<Shared> {
  const shared = await readShared(location.hash)
  if (shared !== undefined) return shared
  const file = 'tanh-neuron.yaml'
  return { text: await textOf(file), file }
}
