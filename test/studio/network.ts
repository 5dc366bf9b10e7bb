/** Graphs of any size. */

/** A network of single numbers: layers of units, each with weights of its own. */
export function network(...units: number[]): string {
  const name = (layer: number, at: number) => (layer === 0 ? `x${at}` : `h${layer}_${at}`)
  const value = (at: number) => ((at * 37) % 101) / 100 - 0.5
  const inputs = Array.from({ length: units[0]! }, (_, at) => `x${at}: ${value(at + 60)}`)
  const [weights, gates]: string[][] = [[], []]
  units.slice(1).forEach((count, before) => {
    for (let unit = 0; unit < count; unit++) {
      const terms = Array.from({ length: units[before]! }, (_, at) => {
        weights!.push(`w${before + 1}_${unit}_${at}: ${value(weights!.length)}`)
        return `w${before + 1}_${unit}_${at} * ${name(before, at)}`
      })
      gates!.push(`  ${name(before + 1, unit)}: tanh(${terms.join(' + ')})\n`)
    }
  })
  const last = name(units.length - 1, 0)
  return (
    `inputs: { ${inputs.join(', ')} }\nweights: { ${weights!.join(', ')} }\n` +
    `gates:\n${gates!.join('')}loss: (${last} - 0.3)^2\n`
  )
}
