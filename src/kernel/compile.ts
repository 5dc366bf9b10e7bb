/** From a gate in its place to the kernel it runs. */
import { EagreError } from '../errors.js'
import { sizeOf } from '../tensor/shape.js'
import { interpret } from './interpret.js'
import { generate } from './javascript.js'
import type { Binding, Executor, Kernel } from './kernel.js'
import { templateOf } from './template.js'

export { canGenerate, refusal } from './javascript.js'
export { scratchOf } from './template.js'

/** The kernel of a binding. Both executors compute the same bits. */
export function compile(binding: Binding, executor: Executor): Kernel {
  if (binding.shape.length > 0 && sizeOf(binding.shape) !== 1) {
    throw new EagreError('internal', 'internal: a kernel for a tensor')
  }
  const template = templateOf(binding)
  return executor === 'javascript' ? generate(template, binding) : interpret(template, binding)
}
