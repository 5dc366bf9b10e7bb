/** From a gate in its place to the kernel it runs. */
import { dense } from './dense.js'
import { Each } from './each.js'
import { interpret } from './interpret.js'
import { generate } from './javascript.js'
import type { Binding, Executor, Kernel } from './kernel.js'
import { templateOf, tensorRuleOf, type Template } from './template.js'

export { canGenerate, refusal } from './javascript.js'
export { isPlain, keptBy, scratchOf } from './template.js'

/** The kernel of a binding. Both executors compute the same bits. */
export function compile(binding: Binding, executor: Executor): Kernel {
  if (binding.samples !== undefined) return sampled(binding, executor).kernel()
  const rule = tensorRuleOf(
    binding.gate,
    binding.operands.map(({ shape }) => shape),
    binding.parameters,
  )
  if (rule !== undefined) return dense(rule, binding)
  return execute(templateOf(binding), binding, executor)
}

/** The kernel of a template in its place. */
export function execute(template: Template, binding: Binding, executor: Executor): Kernel {
  return executor === 'javascript' ? generate(template, binding) : interpret(template, binding)
}

/** A gate that takes one sample of a batch after the other. */
export function sampled(binding: Binding, executor: Executor): Each {
  return new Each(binding, (one) => compile(one, executor))
}
