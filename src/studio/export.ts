/** What one can take away: pictures of the graph, weights, losses. */
import { ask } from './model.js'
import { graph, points } from './state.js'

/** Saves the drawing as it is seen, with the colours that it has now. */
export function exportSvg(svg: SVGSVGElement | null): void {
  if (svg !== null) save(`${name()}.svg`, 'image/svg+xml', standalone(svg))
}

/** Saves the drawing as a picture of twice the size on the screen. */
export async function exportImage(svg: SVGSVGElement | null): Promise<void> {
  if (svg === null) return
  const { width, height } = svg.getBoundingClientRect()
  const image = new Image()
  const loaded = new Promise((resolve, reject) => {
    image.onload = resolve
    image.onerror = reject
  })
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(svg))}`
  await loaded
  const canvas = document.createElement('canvas')
  canvas.width = width * 2
  canvas.height = height * 2
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height)
  canvas.toBlob((blob) => {
    if (blob !== null) offer(`${name()}.png`, blob)
  })
}

/** Saves the weights by name. */
export async function exportWeights(): Promise<void> {
  const answer = await ask({ type: 'weights' })
  if (answer.ok) save(`${name()}.weights.json`, 'application/json', JSON.stringify(answer.weights, null, 2)) // prettier-ignore
}

/** Saves the points of the chart. */
export function exportLosses(): void {
  const lines = points.value.map(({ step, epoch, loss, rate, test }) =>
    [step, epoch, loss, rate, test?.['loss'] ?? ''].join(','),
  )
  save(`${name()}.losses.csv`, 'text/csv', ['step,epoch,loss,learning_rate,test_loss', ...lines, ''].join('\n')) // prettier-ignore
}

const name = () => (graph.value?.name ?? 'graph').replace(/[^\w-]+/g, '-')

const painted = [
  'display',
  'fill',
  'stroke',
  'stroke-width',
  'opacity',
  'stroke-opacity',
  'fill-opacity',
  'font',
  'stroke-dasharray',
] as const

/** A copy that looks the same where the styles of the page are not. */
function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const { width, height } = svg.getBoundingClientRect()
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  const originals = svg.querySelectorAll('*')
  copy.querySelectorAll('*').forEach((element, at) => {
    const style = getComputedStyle(originals[at]!)
    const text = painted.map((key) => `${key}:${style.getPropertyValue(key)}`).join(';')
    element.setAttribute('style', text)
  })
  const background = getComputedStyle(document.body).backgroundColor
  copy.setAttribute('style', `background:${background}`)
  return new XMLSerializer().serializeToString(copy)
}

function save(file: string, type: string, text: string): void {
  offer(file, new Blob([text], { type }))
}

function offer(file: string, blob: Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = file
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 1000)
}
