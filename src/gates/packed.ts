/**
 * Bytes as text, as compile.mjs writes them: one sign for each of the bytes that come often, two
 * for the others. What is equal in the bytes is equal in the text, so that it compresses well.
 */

// compile.mjs has the same: quotes, `\` and `$` would have to be escaped in a text.
const signs = Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at)).filter(
  (sign) => !'"\'`\\$'.includes(sign),
)
/** So many signs begin a pair; each of the others stands for a byte. */
const pairs = 7
const single = signs.length - pairs

/** The bytes of a text, which begins with those that have a sign of their own, two hexadecimal digits each. */
export function unpacked(text: string): Uint8Array<ArrayBuffer> {
  const often = Array.from({ length: single }, (_, at) => {
    return parseInt(text.slice(2 * at, 2 * at + 2), 16)
  })
  const order = [...new Set([...often, ...Array(256).keys()])]
  const bytes: number[] = []
  for (let at = 2 * single; at < text.length; at++) {
    const sign = signs.indexOf(text[at]!)
    const second = sign < pairs ? signs.indexOf(text[++at]!) + 1 : 0
    bytes.push(order[second === 0 ? sign - pairs : single + sign + pairs * (second - 1)]!)
  }
  return Uint8Array.from(bytes)
}
