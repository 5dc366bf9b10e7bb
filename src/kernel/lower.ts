/** From gates in their places to the operations of a region. */
import type { Binding } from './kernel.js'
import type { Assign, Call, Cell, Direction, Loop, Operation, Region, Sum } from './region.js'
import { Plain } from './plain.js'
import { addUp, Room, straight } from './straight.js'
import { templateOf, tensorRuleOf, type LoopTemplate, type Template } from './template.js'
import { constant, substitute, variable, type Term } from './term.js'

/** Where nodes lie and who uses whom; node numbers are in an order in which gates may fire. */
export interface Layout {
  readonly count: number
  /** Nodes from here on are gates. */
  readonly firstGate: number
  readonly sizes: ArrayLike<number>
  /** Where a node's gradient arrives. */
  readonly totals: ArrayLike<number>
  /** The nodes that feed a gate (-1 for a literal), packed from `portStart[gate]` on. */
  readonly portStart: ArrayLike<number>
  readonly portNodes: ArrayLike<number>
  /** The numbers of literals, by port. */
  readonly portValues: ArrayLike<number>
  /** Where a node's value lies: in the weights where its total is among the first `weightsSize`. */
  readonly offsets: ArrayLike<number>
  readonly weightsSize: number
  /** Gates of one kind above 0 differ by their ports alone; what they are takes a binding for all others. */
  readonly kinds: ArrayLike<number>
}

/** The way gradients take from one node. */
export interface Way {
  /** The node whose gradient is 1; of a whole batch, one over the number of its samples. */
  readonly seed: number
  /** 1 for every node whose gradient is computed. */
  readonly active: ArrayLike<number>
  /** By gate: where its answers go, -1 for those not needed; absent where it has none to give. */
  readonly answers: readonly (readonly number[] | undefined)[]
  /** By node: the answers to add up, in order; none where its answer is its total. */
  readonly sumStart: ArrayLike<number>
  readonly sumSlots: ArrayLike<number>
}

/** What to lower. */
export interface LowerOptions {
  readonly layout: Layout
  /** Absent where only values are wanted. */
  readonly way?: Way
  /** A gate in its place. */
  bind(index: number, answers: readonly number[]): Binding
  /**
   * The nodes whose values somebody reads. Gates that none of them depends on are left out,
   * unless they may throw. Absent, all gates are computed.
   */
  readonly wanted?: readonly number[]
  /** The gates (1 each) whose inputs come; the others are left out, absent none. */
  readonly fires?: ArrayLike<number>
}

/** Linear in the number of ports, without recursion on the depth of the graph. */
export function lowerRegion({ layout, way, bind, wanted, fires }: LowerOptions): Region {
  const { count, firstGate } = layout
  const live = wanted === undefined ? undefined : dependencies(layout, wanted, way, bind)
  const forward: Operation[] = []
  const backward: Operation[] = []
  const lowering = new Lowering()
  const plain = new Plain(layout, bind)
  const room = new Room()
  // By gate, from `laterStart` on: what it does backward, made at the same time so that no binding is kept.
  const later: Operation[] = []
  const laterStart = new Int32Array(count + 1)
  for (let index = firstGate; index < count; index++) {
    laterStart[index] = later.length
    if (fires?.[index] === 0 || live?.[index] === 0) continue
    const answers = way?.answers[index]
    const all = answers ?? noneOf(layout, index)
    const patterns = plain.patterns(index, all)
    if (patterns === undefined) {
      lowering.gate(index, bind(index, all), forward, answers && later)
    } else {
      forward.push(plain.straight(index, patterns.forward, all))
      if (answers) later.push(plain.straight(index, patterns.backward, all))
    }
  }
  laterStart[count] = later.length
  if (way !== undefined) {
    const { seed, active, sumStart } = way
    if (active[seed] === 1) {
      // What a batch lowers is the mean of the losses of its samples.
      const size = layout.sizes[seed]!
      const cells = Array.from({ length: size }, (_, at): Cell => `g${layout.totals[seed]! + at}`)
      backward.push(
        assign(
          seed,
          cells,
          cells.map(() => constant(1 / size)),
        ),
      )
    }
    for (let index = seed; index >= 0; index--) {
      if (active[index] === 0) continue
      if (sumStart[index] !== sumStart[index + 1]) {
        sumUp(layout, way, index, backward, room)
      }
      for (let at = laterStart[index]!; at < laterStart[index + 1]!; at++) backward.push(later[at]!)
    }
  }
  return { forward, backward, temporaries: lowering.temporaries }
}

/** How many gates of a region compute single numbers, and how many run loops. */
export function measureRegion({ forward }: Region): { scalar: number; tensor: number } {
  let [scalar, tensor, last] = [0, 0, -1]
  // What one gate computes stands together.
  for (const operation of forward) {
    const { type, node } = operation
    if (type !== 'assign') tensor += (type === 'loop' ? operation.gates : undefined) ?? 1
    else if (node !== last) scalar++
    last = node
  }
  return { scalar, tensor }
}

/** By number of ports: no answers. */
const none: (readonly number[])[] = []

/**
 * For each port of a gate that none of its answers is needed. A gate whose forward pass differs by
 * whether it saves has no say here: what the templates of values save does not depend on the answers.
 */
export function noneOf({ portStart }: Pick<Layout, 'portStart'>, index: number): readonly number[] {
  const ports = portStart[index + 1]! - portStart[index]!
  return (none[ports] ??= Array.from({ length: ports }, () => -1))
}

/** 1 for every node that these depend on, or the gradients that go that way, and for gates that may throw. */
export function dependencies(
  { count, firstGate, portStart, portNodes, kinds }: Layout,
  wanted: readonly number[],
  way: Way | undefined,
  bind: LowerOptions['bind'],
): Uint8Array {
  const live = new Uint8Array(count)
  for (const node of wanted) live[node] = 1
  if (way !== undefined) live[way.seed] = 1
  for (let index = count - 1; index >= firstGate; index--) {
    if (live[index] === 0 && (kinds[index]! > 0 || !mayThrow(bind(index, [])))) continue
    live[index] = 1
    for (let port = portStart[index]!; port < portStart[index + 1]!; port++) {
      if (portNodes[port]! >= 0) live[portNodes[port]!] = 1
    }
  }
  return live
}

/** Whether it computes single numbers by formulas. */
export function isSingle(binding: Binding): boolean {
  return !mayThrow(binding) && !isTensor(templateOf(binding))
}

function isTensor(template: Template): boolean {
  return template.type === 'loop' ? template.tensor : template.spreads !== undefined
}

function mayThrow(binding: Binding): boolean {
  return binding.samples !== undefined || ruleOf(binding) !== undefined
}

function ruleOf({ gate, operands, parameters }: Binding) {
  if (gate.rule.type === 'pointwise' && gate.rule.instead === undefined) return undefined
  return tensorRuleOf(
    gate,
    operands.map(({ shape }) => shape),
    parameters,
  )
}

/** The gradient of a node with several uses. */
function sumUp(
  layout: Layout,
  { sumStart, sumSlots }: Way,
  index: number,
  into: Operation[],
  room: Room,
) {
  const size = layout.sizes[index]!
  const target = layout.totals[index]!
  const sources: number[] = []
  for (let at = sumStart[index]!; at < sumStart[index + 1]!; at++) sources.push(sumSlots[at]!)
  if (size > 1) {
    into.push({ type: 'sum', node: index, size, target, sources } satisfies Sum)
    return
  }
  addUp(index, target, sources, room, into)
}

function assign(node: number, targets: readonly Cell[], terms: readonly Term[]): Assign {
  return { type: 'assign', node, targets, terms }
}

class Lowering {
  temporaries = 0

  /** What a gate does forward, and backward where it has answers to give. */
  gate(node: number, binding: Binding, forward: Operation[], backward?: Operation[]): void {
    const add = (operation: (direction: Direction) => Operation) => {
      forward.push(operation('forward'))
      backward?.push(operation('backward'))
    }
    if (binding.samples !== undefined) {
      add((direction): Call => ({ type: 'call', node, direction, binding }))
      return
    }
    const rule = ruleOf(binding)
    if (rule !== undefined) {
      add((direction): Call => ({ type: 'call', node, direction, rule, binding }))
      return
    }
    const template = templateOf(binding)
    if (isTensor(template)) {
      add((direction): Loop => ({ type: 'loop', node, direction, template, binding }))
    } else if (template.type === 'straight') {
      add((direction) => straight(node, template, binding, direction))
    } else {
      foldForward(node, template, binding, forward)
      if (backward) this.foldBackward(node, template, binding, backward)
    }
  }

  /** A fold of many numbers, from its last input to its first. */
  private foldBackward(
    node: number,
    template: LoopTemplate,
    binding: Binding,
    into: Operation[],
  ): void {
    const { operands, answers, output, scratch, gradient } = binding
    const { saves } = template
    const n = operands.length
    const first = answers.findIndex((answer) => answer >= 0)
    const scope = new Map<string, Term>([['n', constant(n)]])
    const saved = (index: number) => variable(`v${scratch + index}`)
    scope.set('g', variable(`g${gradient}`))
    scope.set('y', saves ? saved(n - 2) : variable(`v${output}`))
    let carry = substitute(template.finishGradient, scope)
    for (let index = n - 1; index >= first && index > 0; index--) {
      // What is carried on is a name or a number, so that no term grows along the fold.
      if (carry.type === 'apply') {
        into.push(assign(node, ['t0'], [carry]))
        carry = variable('t0')
        this.temporaries = 1
      }
      scope.set('g', carry)
      scope.set('b', operandTerm(binding, index))
      if (saves) {
        scope.set('a', index > 1 ? saved(index - 2) : operandTerm(binding, 0))
        scope.set('y', saved(index - 1))
      }
      if (answers[index]! >= 0) {
        into.push(assign(node, [`g${answers[index]!}`], [substitute(template.b, scope)]))
      }
      carry = substitute(template.a, scope)
    }
    if (first === 0) into.push(assign(node, [`g${answers[0]!}`], [carry]))
  }
}

/** A fold of many numbers, one after the other, in its output or where its steps are saved. */
function foldForward(
  node: number,
  template: LoopTemplate,
  binding: Binding,
  into: Operation[],
): void {
  const { operands, output, scratch } = binding
  const n = operands.length
  const result: Cell = `v${output}`
  let sofar = operandTerm(binding, 0)
  const scope = new Map<string, Term>([['n', constant(n)]])
  for (let index = 1; index < n; index++) {
    scope.set('a', sofar)
    scope.set('b', operandTerm(binding, index))
    const cell: Cell = template.saves ? `v${scratch + index - 1}` : result
    into.push(assign(node, [cell], [substitute(template.value, scope)]))
    sofar = variable(cell)
  }
  scope.set('y', sofar)
  const last = substitute(template.finish, scope)
  if (last.type !== 'variable' || last.name !== result) into.push(assign(node, [result], [last]))
}

function operandTerm({ operands }: Binding, port: number): Term {
  const operand = operands[port]!
  if (operand.memory === 'literal') return constant(operand.value)
  return variable(`${operand.memory === 'weights' ? 'w' : 'v'}${operand.offset}`)
}
