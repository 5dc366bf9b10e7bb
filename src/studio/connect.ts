/** The way to the model: a worker of this page, or the application that the page was opened from. */
import type { Answer, Command, Event } from '../remote/protocol.js'
import { connected } from './state.js'

export interface Connection {
  send(command: Command): Promise<Answer>
  close(): void
}

/** Connects to the application that serves this page; comes back by itself. */
export function attach(listen: (event: Event) => void, token: string | undefined): Connection {
  const events = new EventSource(`./events${token === undefined ? '' : `?token=${token}`}`)
  events.onmessage = ({ data }: MessageEvent<string>) => {
    connected.value = true
    listen(JSON.parse(data) as Event)
  }
  events.onopen = () => (connected.value = true)
  events.onerror = () => (connected.value = false)
  return {
    send: async (command) => {
      try {
        const response = await fetch('./command', {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(token !== undefined && { 'x-token': token }),
          },
          body: JSON.stringify(command),
        })
        return (await response.json()) as Answer
      } catch {
        return { ok: false, message: 'the model cannot be reached' }
      }
    },
    close: () => events.close(),
  }
}

/** Whether this page was served by an application. */
export function isAttached(): boolean {
  return document.querySelector<HTMLMetaElement>('meta[name=eagre]')?.content === 'attached'
}

/** What the worker is told: which graph to run, and then commands by number. */
export type ToWorker =
  | { readonly open: { readonly text: string; readonly file: string } }
  | { readonly id: number; readonly command: Command }

export type FromWorker =
  | { readonly event: Event }
  | { readonly id: number; readonly answer: Answer }
  | { readonly failed: Extract<Answer, { ok: false }> }

/** Runs a graph in a worker of this page. */
export function embed(
  listen: (event: Event) => void,
  { text, file }: { readonly text: string; readonly file: string },
  failed: (answer: Extract<Answer, { ok: false }>) => void,
): Connection {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
  const waiting = new Map<number, (answer: Answer) => void>()
  let last = 0
  const post = (message: ToWorker) => worker.postMessage(message)
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if ('event' in data) listen(data.event)
    else if ('failed' in data) failed(data.failed)
    else {
      waiting.get(data.id)?.(data.answer)
      waiting.delete(data.id)
    }
  }
  post({ open: { text, file } })
  return {
    send: (command) =>
      new Promise((resolve) => {
        waiting.set(++last, resolve)
        post({ id: last, command })
      }),
    close: () => worker.terminate(),
  }
}
