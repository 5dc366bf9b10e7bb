/** Tensors as pictures: blue above zero, orange below, the stronger the further away. */
import type { ShownTensor } from '../remote/protocol.js'

/** Colours that people who confuse red and green can tell apart. */
export const plus = [31, 111, 235] as const
export const minus = [217, 119, 6] as const

const canvas = typeof document === 'undefined' ? undefined : document.createElement('canvas')

/** A picture of a tensor, one pixel a cell, as the address of an image. */
export function heatMap({ rows, columns, cells, least, most }: ShownTensor): string {
  if (canvas === undefined || rows === 0 || columns === 0) return ''
  canvas.width = columns
  canvas.height = rows
  const context = canvas.getContext('2d')!
  const image = context.createImageData(columns, rows)
  const scale = Math.max(Math.abs(Number(least)), Math.abs(Number(most))) || 1
  cells.forEach((cell, at) => {
    const value = Number(cell)
    const [red, green, blue] = value < 0 ? minus : plus
    image.data.set([red, green, blue, alpha(value / scale)], at * 4)
  })
  context.putImageData(image, 0, 0)
  return canvas.toDataURL()
}

// Small values must still be seen beside large ones.
function alpha(share: number): number {
  return Number.isFinite(share) ? Math.round(255 * Math.sqrt(Math.abs(share))) : 255
}
