/**
 * Serves the page of a model that runs here, and connects both: events go out as server-sent
 * events, commands come in by POST. Only this machine can reach it, and whoever wants to change
 * anything needs the token that is in the address.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EagreError } from '../errors.js'
import type { Command, Event } from './protocol.js'
import { readingCommands } from './protocol.js'
import type { Model } from './watch.js'

/** Where pages find a model. */
export interface ServerOptions {
  /** The port to listen on; by default any that is free. */
  readonly port?: number
  /** The folder with the files of the page; by default the one of this package. */
  readonly folder?: string
}

/** A page that is being served. */
export interface Served {
  /** The address to open; with the token that lets a page change the model. */
  readonly url: string
  /** The address without it: for pages that only look. */
  readonly readonlyUrl: string
  /** Ends all connections. */
  close(): Promise<void>
}

/** The files of the page, beside the code of this package. */
export const pageFolder = fileURLToPath(new URL('../studio/', import.meta.url))

/**
 * Serves a session on 127.0.0.1. Throws `io` where the port is taken or the page was not built.
 */
export async function serve(session: Model, options: ServerOptions = {}): Promise<Served> {
  const { folder = pageFolder, port = 0 } = options
  if (!existsSync(join(folder, 'index.html'))) {
    throw new EagreError('io', 'studio: the files of the page are missing', {
      hint: 'build them with: npm run build',
    })
  }
  const token = randomBytes(16).toString('hex')
  const pages = new Set<ServerResponse>()
  const server = createServer((request, response) => {
    answer({ session, folder, token, pages, server }, request, response).catch(() => {
      if (!response.headersSent) refuse(response, 500, 'internal error')
      else response.destroy()
    })
  })
  await listen(server, port)
  const { port: taken } = server.address() as { port: number } // listens on a port, not a pipe
  const address = `http://127.0.0.1:${taken}/`
  return {
    url: `${address}#token=${token}`,
    readonlyUrl: address,
    close: () => {
      for (const page of pages) page.destroy()
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

interface Connection {
  readonly session: Model
  readonly folder: string
  readonly token: string
  readonly pages: Set<ServerResponse>
  readonly server: Server
}

async function answer(
  connection: Connection,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOwn(request)) return refuse(response, 403, 'this model answers its own page only')
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  const method = request.method ?? 'GET'
  if (path === '/events' && method === 'GET') return stream(connection, request, response)
  if (path === '/command' && method === 'POST') return command(connection, request, response)
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'not allowed')
  return file(connection.folder, path, method, response)
}

/**
 * A page of another site could reach this one through the visitor's browser: by its own name
 * (another Origin) or by a name of its own that leads here (another Host).
 */
function isOwn({ headers }: IncomingMessage): boolean {
  const host = headers.host ?? ''
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host)) return false
  const { origin } = headers
  return origin === undefined || origin === `http://${host}`
}

/** A page that cannot keep up gets the newest of each kind of event when it can. */
function stream(
  { session, pages, token }: Connection,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(200, {
    ...safe,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    connection: 'keep-alive',
  })
  response.write('retry: 500\n\n')
  const url = new URL(request.url ?? '/', 'http://localhost')
  const mayChange = isToken(url.searchParams.get('token'), token)
  const waiting = new Map<Event['type'], Event>()
  let full = false
  const write = (event: Event) => {
    full = !response.write(`data: ${JSON.stringify(event)}\n\n`)
  }
  const leave = session.join((event) => {
    const told = event.type === 'graph' && !mayChange ? { ...event, readonly: true } : event
    if (full) waiting.set(told.type, merged(waiting.get(told.type), told))
    else write(told)
  })
  response.on('drain', () => {
    full = false
    for (const [type, event] of waiting) {
      if (full) return
      waiting.delete(type)
      write(event)
    }
  })
  pages.add(response)
  response.on('close', () => {
    leave()
    pages.delete(response)
  })
}

/** Points must all arrive, of everything else the newest is enough. */
function merged(before: Event | undefined, now: Event): Event {
  if (before?.type !== 'points' || now.type !== 'points' || now.fresh) return now
  return { ...now, fresh: before.fresh, points: [...before.points, ...now.points].slice(-8000) }
}

/** The largest command: a data set that was dropped on the page. */
const mostBytes = 64 * 1024 * 1024

async function command(
  { session, token }: Connection,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) {
    return refuse(response, 415, 'commands are JSON')
  }
  const text = await body(request)
  if (text === undefined) return refuse(response, 413, 'the command is too large')
  const asked = parse(text)
  if (asked === undefined) return refuse(response, 400, 'this is no command')
  const allowed = isToken(request.headers['x-token'], token) || readingCommands.has(asked.type)
  if (!allowed) return refuse(response, 403, 'this page may only look')
  const told = await session.handle(asked)
  send(response, 200, 'application/json', JSON.stringify(told))
}

function parse(text: string): Command | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const known = typeof value === 'object' && value !== null && 'type' in value
    return known && typeof value.type === 'string' ? (value as Command) : undefined
  } catch {
    return undefined
  }
}

async function body(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > mostBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isToken(given: unknown, token: string): boolean {
  if (typeof given !== 'string' || given.length !== token.length) return false
  return timingSafeEqual(Buffer.from(given), Buffer.from(token))
}

/** The page asks its own text whether it belongs to an application. */
const mark = [
  '<meta name="eagre" content="alone"',
  '<meta name="eagre" content="attached"',
] as const

function file(folder: string, path: string, method: string, response: ServerResponse): void {
  const name = path === '/' ? 'index.html' : normalize(decode(path)).replace(/^[/\\]+/, '')
  const full = join(folder, name)
  const type = types.get(extname(name))
  if (name.includes('..') || type === undefined || !existsSync(full) || !statSync(full).isFile()) {
    return refuse(response, 404, 'there is no such file')
  }
  const cache = name === 'index.html' ? 'no-cache' : 'max-age=31536000, immutable'
  response.writeHead(200, { ...safe, 'content-type': type, 'cache-control': cache })
  if (method === 'HEAD') response.end()
  else if (name === 'index.html') response.end(readFileSync(full, 'utf8').replace(...mark))
  else createReadStream(full).pipe(response)
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return '..'
  }
}

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
  ['.yaml', 'text/plain; charset=utf-8'],
  ['.csv', 'text/plain; charset=utf-8'],
])

/** Nothing from elsewhere is loaded, and no other page may frame this one. */
const safe: OutgoingHttpHeaders = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
    "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

function refuse(response: ServerResponse, status: number, message: string): void {
  send(response, status, 'application/json', JSON.stringify({ ok: false, message }))
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { ...safe, 'content-type': type, 'cache-control': 'no-store' })
  response.end(text)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE'
      const message = taken
        ? `studio: port ${port} is taken`
        : `studio: cannot listen on port ${port}: ${cause.message}`
      const hint = taken
        ? 'choose another one with --port, or none for any that is free'
        : undefined
      reject(new EagreError('io', message, { cause, ...(hint !== undefined && { hint }) }))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
}
