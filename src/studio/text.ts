/** Numbers as the page writes them. */
import type { Shown } from '../remote/protocol.js'
import type { Figure } from '../train/figures.js'

/** A number in at most nine characters. */
export function short(value: Figure | null | undefined): string {
  if (value === null || value === undefined) return '–'
  const number = Number(value)
  if (Number.isNaN(number)) return 'NaN'
  const size = Math.abs(number)
  const text =
    size === Infinity
      ? '∞'
      : size !== 0 && (size >= 1e6 || size < 1e-3)
        ? size.toExponential(1).replace('+', '')
        : String(Number(size.toPrecision(4)))
  return (number < 0 ? `-${text}` : text).replaceAll('-', '\u2212')
}

/** A number with all its digits. */
export function exact(value: Figure | null | undefined): string {
  return value === null || value === undefined ? '–' : String(value)
}

/** What a node shows of a value or gradient. */
export function label(value: Shown | 'none' | null | undefined): string {
  if (value === null || value === undefined || value === 'none') return '–'
  if (typeof value !== 'object') return short(value)
  return `${short(value.least)} … ${short(value.most)}`
}

/** A value or gradient as a single number, where it is one. */
export function numberOf(value: unknown): Figure | null {
  return typeof value === 'number' || (typeof value === 'string' && value !== 'none')
    ? (value as Figure) // others come as such texts
    : null
}

/** The size of what runs on a wire, on a scale from 0 to 1. */
export function strength(value: Shown | 'none' | null | undefined): number {
  if (value === null || value === undefined || value === 'none') return 0
  const size =
    typeof value === 'object'
      ? Math.max(Math.abs(Number(value.least)), Math.abs(Number(value.most)))
      : Math.abs(Number(value))
  if (!Number.isFinite(size)) return 1
  // Sizes of models lie between a millionth and a million.
  return size === 0 ? 0 : Math.min(1, Math.max(0.08, (Math.log10(size) + 4) / 8))
}

/** Below, above or at zero. */
export function sign(value: Shown | 'none' | null | undefined): 'plus' | 'minus' | 'zero' {
  if (value === null || value === undefined || value === 'none') return 'zero'
  const number =
    typeof value === 'object' ? Number(value.least) + Number(value.most) : Number(value)
  return number > 0 ? 'plus' : number < 0 ? 'minus' : 'zero'
}

/** Steps a second and the like. */
export function count(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toPrecision(3)} M`
  if (value >= 1e4) return `${Math.round(value / 1e3)} k`
  return String(Math.round(value))
}
