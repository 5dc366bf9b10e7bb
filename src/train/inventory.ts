/** What a graph is made of, so that a checkpoint of another one is refused with the difference named. */
import { printFormula } from '../language/formula.js'
import type { Plan, PlanNode } from '../language/plan.js'
import { Digest } from './digest.js'

/** A graph as its checkpoints describe it. */
export interface Inventory {
  readonly name: string
  /** Of all nodes in their order: types, names, shapes, gates, wiring and parameters. */
  readonly hash: string
  /** The declared nodes by name, each in a line: `weight [64, 32]`, `gate [10] = h @ W2 + b2`. */
  readonly nodes: Readonly<Record<string, string>>
}

/**
 * The inventory of a plan. First values are no part of it, as a checkpoint replaces them, nor are
 * defaults and where samples have their inputs; those decide about the data, which are compared.
 */
export function inventoryOf(plan: Plan): Inventory {
  let inventory = known.get(plan)
  if (inventory === undefined) {
    inventory = takeInventory(plan)
    known.set(plan, inventory)
  }
  return inventory
}

/** How this graph differs from that of a checkpoint, a clause each; nothing where it does not. */
export function differences(plan: Plan, saved: Inventory): string[] {
  const present = inventoryOf(plan)
  if (present.hash === saved.hash) return []
  const clauses: string[] = []
  for (const [name, was] of Object.entries(saved.nodes)) {
    const is = Object.hasOwn(present.nodes, name) ? present.nodes[name]! : undefined
    if (is === undefined) clauses.push(`the ${kind(was)} "${name}" is no more`)
    else if (is !== was) clauses.push(change(name, was, is))
  }
  for (const [name, is] of Object.entries(present.nodes)) {
    if (!Object.hasOwn(saved.nodes, name)) clauses.push(`the ${kind(is)} "${name}" is new`)
  }
  return clauses.length > 0 ? clauses : ['its nodes stand in another order, or are wired otherwise']
}

/** Some clauses in one; a graph may differ in thousands of nodes. */
export function listed(clauses: readonly string[], most = 6): string {
  const more = clauses.length - most
  return [...clauses.slice(0, most), ...(more > 0 ? [`and ${more} more`] : [])].join('; ')
}

const known = new WeakMap<Plan, Inventory>()

function takeInventory(plan: Plan): Inventory {
  const digest = new Digest()
  const nodes: Record<string, string> = Object.create(null)
  plan.nodes.forEach((node, index) => {
    digest.text(structure(node))
    if (node.name !== undefined) nodes[node.name] = describe(plan, node, index)
  })
  digest.text(`loss ${plan.loss}`)
  return { name: plan.name, hash: digest.end(), nodes }
}

function structure(node: PlanNode): string {
  const { range: _, ...rest } = node
  if (rest.type === 'gate' || rest.type === 'constant') return JSON.stringify(rest)
  if (rest.type === 'weight') {
    const { value: __, init: ___, ...weight } = rest
    return JSON.stringify(weight)
  }
  const { default: __, from: ___, ...source } = rest
  return JSON.stringify(source)
}

function describe(plan: Plan, node: PlanNode, index: number): string {
  const shape = node.shape.length === 0 ? '' : ` [${node.shape.join(', ')}]`
  const start = `${node.type}${shape}`
  switch (node.type) {
    case 'input':
    case 'target': {
      const { classes, hash } = node
      if (hash !== undefined) return `${start} hashed below ${hash}`
      return classes === undefined ? start : `${start} of ${classes.length} classes`
    }
    case 'weight': {
      const rate = node.learningRate === undefined ? '' : ` learning_rate ${node.learningRate}`
      return `${start}${node.frozen === true ? ' frozen' : ''}${rate}`
    }
    case 'constant': {
      const { value = 0, init } = node
      if (init !== undefined) return `${start} = ${init.name}`
      return typeof value === 'number' ? `${start} = ${value}` : start
    }
    case 'gate':
      return `${start} = ${printFormula(plan, index)}`
    default:
      return node satisfies never
  }
}

/** The type that a line begins with. */
function kind(line: string): string {
  return /^\w+/.exec(line)?.[0] ?? 'node'
}

function change(name: string, was: string, is: string): string {
  const [typeWas, typeIs] = [kind(was), kind(is)]
  if (typeWas !== typeIs) return `"${name}" was ${article(typeWas)} and is ${article(typeIs)}`
  const [shapeWas, shapeIs] = [shapeIn(was), shapeIn(is)]
  const [restWas, restIs] = [rest(was), rest(is)]
  if (shapeWas !== shapeIs && restWas === restIs) {
    return `the ${typeIs} "${name}" had the shape ${shapeWas} and has ${shapeIs}`
  }
  return `the ${typeIs} "${name}" was ${restWas || 'plain'} and is ${restIs || 'plain'}`
}

function article(type: string): string {
  return type === 'input' ? 'an input' : `a ${type}`
}

function shapeIn(line: string): string {
  return /^\w+ (\[[\d, ]*\])/.exec(line)?.[1] ?? '[]'
}

/** What follows the type and the shape. */
function rest(line: string): string {
  return line.replace(/^\w+( \[[\d, ]*\])?( =)? ?/, '')
}
