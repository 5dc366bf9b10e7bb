/** Lays out large graphs beside the page, which stays alive meanwhile. */
import { place, type Unplaced } from './layout.js'

self.onmessage = ({ data }: MessageEvent<Unplaced>) => {
  self.postMessage(place(data))
}
