/** `--save FILE`. */
import { access, constants, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EagreError } from '../errors.js'
import { reason } from '../files/bytes.js'
import { saveWeights } from '../files/weights.js'
import type { Graph } from '../graph.js'
import { say } from './failure.js'
import type { Context } from './io.js'

/** A run of hours is not to fail at its end for a folder that is not there. */
export async function checkWritable(file: string, context: Context): Promise<void> {
  const path = context.path(file)
  try {
    await access(dirname(path), constants.W_OK)
    const there = await stat(path).catch(() => undefined)
    if (there?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' })
  } catch (cause) {
    throw new EagreError('io', `cannot write ${file}: ${reason(cause)}`, { cause })
  }
}

/** Writes the weights; `false` and a message where that fails. */
export async function save(file: string, graph: Graph, context: Context): Promise<boolean> {
  try {
    await saveWeights(context.path(file), graph.plan.name, graph.weights(), file, graph.memory())
    context.note(`weights saved to ${file}`)
    return true
  } catch (error) {
    say((error as Error).message, context)
    return false
  }
}
