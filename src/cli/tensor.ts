/** Tensors in a line: their shape, and their range or, where they are short, their numbers. */
import { sizeOf, type Shape } from '../tensor/shape.js'

/** Numbers that are shown by themselves. */
const few = 4

/** `[64, 32] -0.25 to 0.25`, or `[1, 2, 3]`; `undefined` for what is no tensor or list. */
export function compact(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const shape: Shape = isTensor(value) ? value.shape : shapeOf(value)
  let count = 0
  let low = Infinity
  let high = -Infinity
  let broken = 0
  const numbers: number[] = []
  const visit = (number: number) => {
    if (count++ < few) numbers.push(number)
    if (Number.isNaN(number)) broken++
    if (number < low) low = number
    if (number > high) high = number
  }
  if (isTensor(value)) value.data.forEach(visit)
  else each(value, visit)
  if (shape.length === 1 && count <= few) return `[${numbers.map(digits).join(', ')}]`
  const sizes = `[${shape.join(', ')}]`
  if (sizeOf(shape) === 0 || broken === count) return broken > 0 ? `${sizes} NaN` : sizes
  const range = low === high ? `all ${digits(low)}` : `${digits(low)} to ${digits(high)}`
  return `${sizes} ${range}${broken > 0 ? `, ${broken} NaN` : ''}`
}

function isTensor(value: object): value is { shape: Shape; data: Float64Array } {
  return 'data' in value && value.data instanceof Float64Array && 'shape' in value
}

function shapeOf(value: unknown): Shape {
  return Array.isArray(value) ? [value.length, ...shapeOf(value[0])] : []
}

function each(value: unknown, visit: (number: number) => void): void {
  if (Array.isArray(value)) for (const item of value) each(item, visit)
  else if (typeof value === 'number') visit(value)
}

/** Four digits: `--json` has all. */
function digits(value: number): string {
  if (Object.is(value, -0)) return '-0'
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)
}
