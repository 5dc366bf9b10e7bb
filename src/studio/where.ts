/**
 * Where in a graph file a cursor stands: the keys around it, read from the text before it alone,
 * for a file that is being typed is seldom YAML.
 */

/** A place in a graph file. */
export interface Where {
  /** The keys around it, outermost first; items of lists add none. */
  readonly path: readonly string[]
  /** Whether a key is being written, or what stands behind one. */
  readonly at: 'key' | 'value'
}

interface Level {
  /** How far in a block is; in braces and brackets there is no such thing. */
  readonly indent: number
  readonly flow?: '{' | '['
  key: string | undefined
}

const blockKey = /^([^\s#:{}[\],"'][^:{}[\]#"']*?)\s*:(?=\s|$)/

/** The place of a position in a text. */
export function whereIs(text: string, position: number): Where {
  const stack: Level[] = []
  const inFlow = () => stack.at(-1)?.flow !== undefined
  let begun = false // a value, on the last line
  for (const line of text.slice(0, position).split('\n')) {
    if (inFlow()) {
      begun = flow(line, stack)
      continue
    }
    const dashes = /^\s*(?:- +)*/.exec(line)![0]
    const rest = line.slice(dashes.length)
    if (rest.startsWith('#')) continue
    // An empty line may still be a value's: the cursor's column decides, as for a key.
    while (stack.length > 0 && stack.at(-1)!.indent >= dashes.length) stack.pop()
    const key = blockKey.exec(rest)
    begun = false
    if (key === null) {
      if (rest.startsWith('{') || rest.startsWith('[')) begun = flow(rest, stack)
      continue
    }
    stack.push({ indent: dashes.length, key: key[1] })
    const value = rest.slice(key[0].length)
    begun = true
    if (/^\s*[{[]/.test(value)) begun = flow(value, stack)
  }
  const path = stack.flatMap(({ key }) => (key === undefined ? [] : [key]))
  return { path, at: begun ? 'value' : 'key' }
}

/** Reads on in braces; whether it ends behind a colon, or in a list. */
function flow(line: string, stack: Level[]): boolean {
  let word = ''
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]!
    const top = stack.at(-1)
    if (letter === '"' || letter === "'") {
      const end = line.indexOf(letter, at + 1)
      if (end < 0) break
      word = line.slice(at + 1, end)
      at = end
    } else if (letter === '#' && (at === 0 || /\s/.test(line[at - 1]!))) break
    else if (letter === '{' || letter === '[') {
      stack.push({ indent: -1, flow: letter, key: undefined })
      word = ''
    } else if (letter === '}' || letter === ']') {
      if (top?.flow !== undefined) stack.pop()
      word = ''
    } else if (letter === ',') {
      if (top?.flow === '{') top.key = undefined
      word = ''
    } else if (letter === ':' && top?.flow === '{' && top.key === undefined) {
      top.key = word.trim()
      word = ''
    } else word += letter
  }
  const top = stack.at(-1)
  return top?.flow !== '{' || top.key !== undefined
}

/** The names that a graph file declares, as far as they can be seen. */
export function namesIn(text: string): string[] {
  const names = new Set<string>()
  const declaring = new Set(['inputs', 'targets', 'weights', 'constants', 'gates'])
  // Ends of words at which a name may have been written.
  for (const { index, 0: found } of text.matchAll(/[\p{L}_][\p{L}\p{N}_]*(?=\s*[:,\]])/gu)) {
    const { path, at } = whereIs(text, index)
    if (path.length !== 1 || !declaring.has(path[0]!)) continue
    const listed = at === 'value' && /[[,]\s*$/.test(text.slice(0, index))
    if (at === 'key' || listed) names.add(found)
  }
  return [...names]
}
