/** A graph in the address of the page, compressed: whoever follows it sees the same. */

/** What a shared address holds. */
export interface Shared {
  readonly text: string
  readonly file: string
}

/** The part behind the `#` that stands for a graph. */
export async function writeShared({ text, file }: Shared): Promise<string> {
  const bytes = await through(new TextEncoder().encode(JSON.stringify({ text, file })), new CompressionStream('deflate-raw')) // prettier-ignore
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return `g=${btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`
}

/** What the part behind the `#` stands for; nothing where it is no graph. */
export async function readShared(hash: string): Promise<Shared | undefined> {
  const packed = /[#&]g=([\w-]+)/.exec(hash)?.[1]
  if (packed === undefined) return undefined
  try {
    const binary = atob(packed.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0))
    const json = new TextDecoder().decode(
      await through(bytes, new DecompressionStream('deflate-raw')),
    )
    const { text, file } = JSON.parse(json) as Partial<Shared>
    return typeof text === 'string' && typeof file === 'string' ? { text, file } : undefined
  } catch {
    return undefined
  }
}

async function through(bytes: Uint8Array<ArrayBuffer>, way: GenericTransformStream) {
  const stream = new Blob([bytes]).stream().pipeThrough(way as TransformStream)
  return new Uint8Array(await new Response(stream).arrayBuffer())
}
