/** `eagre init`. */
import { writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { EagreError } from '../errors.js'
import { reason } from '../files/bytes.js'
import { action, examples } from './command.js'
import { exitCodes } from './failure.js'
import type { Context } from './io.js'

export function init(command: Command, context: Context): void {
  examples(command, 'eagre init', 'eagre init thermostat && eagre train thermostat.yaml')
  action(command, context, async (name: string = 'model') => {
    const file = /\.ya?ml$/i.test(name) ? name : `${name}.yaml`
    try {
      // `wx`: never over a file that is there.
      await writeFile(context.path(file), starter(file), { flag: 'wx' })
    } catch (cause) {
      throw new EagreError('io', `cannot write ${file}: ${reason(cause)}`, { cause })
    }
    context.note(`wrote ${file}`)
    context.note(`  eagre check ${file}\n  eagre test ${file}\n  eagre train ${file} --plot`)
    return exitCodes.done
  })
}

function starter(file: string): string {
  return `# A graph to start from: a line through noisy points. Try
#   eagre train ${file} --plot
#   eagre grad ${file} x=3 y=8
# For completion in the editor see \`eagre schema --help\`.
description: A line through four points.

# What is known when predicting, and what only when learning. A name alone has no default.
inputs: [x]
targets: [y]

# What is learned, with the values it starts from.
weights: { slope: 0, offset: 0 }

# Formulas. \`eagre gates\` lists all functions.
gates:
  line: slope * x + offset

# What training makes small.
loss: squared_error(line, y)

train:
  epochs: 2000
  batch: 4
  optimizer: { sgd: { momentum: 0.9 } }
  learning_rate: 0.02
  # Or \`data: { file: points.csv }\`, with a column for x and one for y.
  data:
    rows:
      - { x: 0, y: 1.1 }
      - { x: 1, y: 2.9 }
      - { x: 2, y: 5.1 }
      - { x: 3, y: 6.9 }

# \`eagre test ${file}\` runs these.
tests:
  - name: before training it predicts nothing
    given: { x: 2, y: 5.1 }
    expect: { line: 0, loss: 26.01 }
    gradients: { slope: -20.4, offset: -10.2 }
  - name: training finds the least squares
    train: true
    given: { x: 4 }
    expect: { slope: 1.96, offset: 1.06, line: 8.9 }
    tolerance: 1e-6
`
}
