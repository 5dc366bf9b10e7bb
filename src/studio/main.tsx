/** Starts the page: finds the model, draws it, and keeps both together. */
import { render } from 'preact'
import './studio.css'
import type { Event } from '../remote/protocol.js'
import { connection, receive } from './model.js'
import { attach, embed, isAttached } from './connect.js'
import { Page } from './page.js'
import { firstGraph, gallery, load } from './gallery.js'
import { keepAddress, recall, settle, wear } from './remember.js'
import { notice } from './state.js'

/** Has the page show a graph that runs in a worker of its own. */
export function openHere(text: string, file: string): void {
  connection.value?.close()
  connection.value = embed(receive, { text, file }, ({ message }) => (notice.value = message))
}

async function begin(): Promise<void> {
  const token = /token=([0-9a-f]+)/.exec(location.hash)?.[1]
  if (isAttached()) {
    await recall(location.hash)
    // The token is for this page alone: not for its address bar, nor for whoever it is sent to.
    if (token !== undefined) history.replaceState(null, '', location.pathname)
    const kept = token ?? sessionStorage.getItem('token') ?? undefined
    if (kept !== undefined) sessionStorage.setItem('token', kept)
    connection.value = attach((event: Event) => receive(event), kept)
  } else {
    gallery.value = await load()
    const first = await firstGraph()
    wear(first)
    openHere(first.text, first.file)
    await settle(first)
  }
  keepAddress()
}

render(<Page open={openHere} />, document.getElementById('studio')!)
void begin()
