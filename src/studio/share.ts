/**
 * What one sees, in the address of the page, compressed: whoever follows it, or comes back to it,
 * sees the same. Two kinds: `g=` with the graph in it, for a page that runs it, and `v=` without,
 * for the page of an application, where no address can put another graph in.
 */

/** How a graph is looked at. */
export interface Look {
  readonly unfolded?: readonly string[]
  readonly panel?: string
  readonly logarithmic?: boolean
}

/** What a shared address holds. */
export interface Shared extends Look {
  readonly text: string
  readonly file: string
  readonly rate?: number
  readonly speed?: number
  /** Weights that are frozen on the page and not in the file, and the other way round. */
  readonly frozen?: Readonly<Record<string, boolean>>
}

/** The part behind the `#` that stands for a graph, or for the look of one. */
export async function writeShared(shared: Shared | Look): Promise<string> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify(shared)), new CompressionStream('deflate-raw')) // prettier-ignore
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const packed = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  return `${'text' in shared ? 'g' : 'v'}=${packed}`
}

/** What the part behind the `#` stands for; nothing where it is no graph. */
export async function readShared(hash: string): Promise<Shared | undefined> {
  const read = await unpack(hash, 'g')
  if (typeof read?.['text'] !== 'string' || typeof read['file'] !== 'string') return undefined
  const { text, file, rate, speed, frozen } = read
  return {
    text,
    file,
    ...lookOf(read),
    ...(isPositive(rate) && { rate }),
    ...(isPositive(speed) && { speed }),
    ...(isFrozen(frozen) && { frozen }),
  }
}

/** The look that the part behind the `#` holds; nothing where it holds none. */
export async function readLook(hash: string): Promise<Look | undefined> {
  const read = await unpack(hash, 'v')
  return read === undefined ? undefined : lookOf(read)
}

/** Anybody can write an address: only what is as it should be is taken. */
function lookOf({ unfolded, panel, logarithmic }: Readonly<Record<string, unknown>>): Look {
  const names = Array.isArray(unfolded) && unfolded.every((name) => typeof name === 'string')
  return {
    ...(names && { unfolded }),
    ...(typeof panel === 'string' && { panel }),
    ...(typeof logarithmic === 'boolean' && { logarithmic }),
  }
}

const isPositive = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value > 0

function isFrozen(value: unknown): value is Readonly<Record<string, boolean>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((one) => typeof one === 'boolean')
  )
}

async function unpack(hash: string, key: string): Promise<Record<string, unknown> | undefined> {
  const packed = new RegExp(`[#&]${key}=([\\w-]+)`).exec(hash)?.[1]
  if (packed === undefined) return undefined
  try {
    const binary = atob(packed.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
    const json = new TextDecoder().decode(
      await through(bytes, new DecompressionStream('deflate-raw')),
    )
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined // prettier-ignore
  } catch {
    return undefined
  }
}

async function through(bytes: Uint8Array<ArrayBuffer>, way: GenericTransformStream) {
  const stream = new Blob([bytes]).stream().pipeThrough(way as TransformStream)
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
