/** Any web host: it knows nothing but files. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join } from 'node:path'

export interface Host {
  readonly url: string
  close(): void
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** Serves a folder under a path of its own, as on a host with other pages; its root has none. */
export async function serveFiles(folder: string, below: string): Promise<Host> {
  const server = createServer((request, response) => {
    const path = new URL(request.url!, 'http://localhost').pathname
    try {
      if (!path.startsWith(below)) throw new Error('not of this page')
      const file = path.slice(below.length)
      const body = readFileSync(join(folder, file === '' ? 'index.html' : file))
      response.setHeader('content-type', types[extname(path)] ?? 'text/html')
      response.end(body)
    } catch {
      response.statusCode = 404
      response.end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}${below}`,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
