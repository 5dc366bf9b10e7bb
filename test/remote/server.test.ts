/** Who may reach a model, and what a slow page costs it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Command, Event } from '../../src/remote/protocol.js'
import { studio, type Studio } from '../../src/studio.js'

const folder = mkdtempSync(join(tmpdir(), 'eagre-studio-'))
const file = join(folder, 'line.yaml')
writeFileSync(join(folder, 'index.html'), '<meta name="eagre" content="alone" />\n')
writeFileSync(join(folder, 'secret.txt'), 'secret')
writeFileSync(
  file,
  'inputs: { x: 2 }\ntargets: { t: 6 }\nweights: { w: 1 }\ngates:\n  y: w * x\nloss: (t - y)^2\n' +
    'train: { learning_rate: 0.01, epochs: 50 }\n',
)

let served: Studio
let address: URL
let token = ''

beforeAll(async () => {
  served = await studio(file, { folder })
  address = new URL(served.url)
  token = /token=(.*)/.exec(served.url)![1]!
})

afterAll(async () => {
  await served.close()
  rmSync(folder, { recursive: true })
})

interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A request with headers that `fetch` would not let one set. */
function ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}) {
  return new Promise<{ status: number; text: string; headers: IncomingMessage['headers'] }>(
    (resolve, reject) => {
      const options = { host: '127.0.0.1', port: address.port, path, method, headers }
      const sent = request(options, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () =>
          resolve({ status: response.statusCode!, text, headers: response.headers }),
        )
      })
      sent.on('error', reject)
      sent.end(body)
    },
  )
}

const command = (told: Command, more: Readonly<Record<string, string>> = { 'x-token': token }) =>
  ask('/command', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...more },
    body: JSON.stringify(told),
  })

/** The events that a page has heard so far. */
async function listen(path = '/events') {
  const events: Event[] = []
  const aborter = new AbortController()
  const response = await fetch(new URL(path, address), { signal: aborter.signal })
  const read = async () => {
    let text = ''
    for await (const chunk of response.body!) {
      text += new TextDecoder().decode(chunk)
      const parts = text.split('\n\n')
      text = parts.pop()!
      for (const part of parts) {
        if (part.startsWith('data: ')) events.push(JSON.parse(part.slice(6)) as Event)
      }
    }
  }
  read().catch(() => {}) // it ends with the connection
  return { events, leave: () => aborter.abort() }
}

describe('a model is reached', () => {
  test('by the page that it serves, which knows that it is attached', async () => {
    const { status, text, headers } = await ask('/')
    expect(status).toBe(200)
    expect(text).toContain('content="attached"')
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test.each([
    ['a name of another site', { host: 'evil.example' }],
    ['a name that only looks like ours', { host: '127.0.0.1.evil.example' }],
    ['another page', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
  ])('not by %s', async (_, headers) => {
    for (const path of ['/', '/events']) expect((await ask(path, { headers })).status).toBe(403)
    expect((await command({ type: 'step' }, { ...headers, 'x-token': token })).status).toBe(403)
  })

  test('for changes only with the token', async () => {
    for (const more of [{}, { 'x-token': '' }, { 'x-token': token.replace(/.$/, 'x') }]) {
      const { status, text } = await command({ type: 'play' }, more as Record<string, string>)
      expect([status, JSON.parse(text)]).toEqual([403, { ok: false, message: 'this page may only look' }]) // prettier-ignore
    }
    const reading = await command({ type: 'weights' }, {})
    expect(JSON.parse(reading.text)).toEqual({ ok: true, weights: { w: 1 } })
  })

  test('for nothing by forms, which other pages may send', async () => {
    const headers = { 'content-type': 'text/plain', 'x-token': token }
    const { status } = await ask('/command', { method: 'POST', headers, body: '{"type":"step"}' })
    expect(status).toBe(415)
  })

  test.each([
    ['/secret.txt', 404],
    ['/../package.json', 404],
    ['/%2e%2e%2fpackage.json', 404],
    ['/..%5c..%5cpackage.json', 404],
    ['/%', 404],
    ['/nothing.js', 404],
    ['/command', 404],
  ])('but no file beside those of the page: %s', async (path, status) => {
    expect((await ask(path)).status).toBe(status)
  })

  test.each([['nonsense'], ['null'], ['[]'], ['{"type":1}']])(
    'with commands that are none refused: %s',
    async (body) => {
      const headers = { 'content-type': 'application/json', 'x-token': token }
      const { status, text } = await ask('/command', { method: 'POST', headers, body })
      expect([status, JSON.parse(text)]).toEqual([400, { ok: false, message: 'this is no command' }]) // prettier-ignore
    },
  )
})

describe('a page', () => {
  test('hears what others do, from where it came in', async () => {
    const one = await listen(`/events?token=${token}`)
    await expect.poll(() => one.events.map(({ type }) => type)).toContain('snapshot')
    expect(one.events[0]).toMatchObject({ type: 'graph', readonly: false })
    expect(JSON.parse((await command({ type: 'step' })).text)).toEqual({ ok: true })
    await expect
      .poll(() => one.events.filter(({ type }) => type === 'status').at(-1))
      .toMatchObject({ status: { step: 1, updates: 1 } })
    const two = await listen()
    await expect
      .poll(() => two.events.find(({ type }) => type === 'status'))
      .toMatchObject({ status: { step: 1 } })
    expect(two.events[0]).toMatchObject({ type: 'graph', readonly: true })
    one.leave()
    two.leave()
  })

  test('that reads nothing holds nobody up, and costs no more the longer it does', async () => {
    const slow = connect(Number(address.port), '127.0.0.1')
    slow.write(`GET /events HTTP/1.1\r\nHost: 127.0.0.1:${address.port}\r\n\r\n`)
    slow.pause()
    await command({ type: 'restart' })
    await command({ type: 'play' })
    const quick = await listen()
    await expect
      .poll(() => quick.events.filter(({ type }) => type === 'status').at(-1), { timeout: 20_000 })
      .toMatchObject({ status: { activity: 'ended', step: 50, epoch: 50 } })
    quick.leave()
    slow.destroy()
  })

  test('is told what is wrong with a file, with its place', async () => {
    const text = 'inputs: { x: 2 }\ngates:\n  y: tahn(x)\n'
    const { text: answer } = await command({ type: 'check', text })
    expect(JSON.parse(answer)).toMatchObject({
      ok: false,
      diagnostics: [{ line: 3, column: 6, code: 'unknown-gate' }],
    })
  })
})

test('a port that is taken is told with what to do', async () => {
  await expect(studio(file, { folder, port: Number(address.port) })).rejects.toMatchObject({
    code: 'io',
    message: `studio: port ${address.port} is taken`,
  })
})

test('a page that was not built is told with what to do', async () => {
  await expect(studio(file, { folder: tmpdir() })).rejects.toMatchObject({
    hint: 'build them with: npm run build',
  })
})
