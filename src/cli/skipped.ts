/** Says which samples were skipped: a row that is skipped in one epoch is so in most that follow. */
import { json } from '../files/json.js'
import { faultText, whatText } from '../network/fault.js'
import type { Fault } from '../network/message.js'
import type { Context } from './io.js'
import type { Opened } from './open.js'

/** Lines until only the count goes on. */
const most = 20

export class Skipped {
  private readonly context: Context
  private readonly shown = new Set<string>()
  private count = 0

  constructor(context: Context) {
    this.context = context
  }

  /** Says where and why, unless the same has been said, or so much that nobody reads on. */
  add(where: string, why: string): void {
    this.count++
    if (this.shown.has(why) || this.shown.size === most) return
    this.shown.add(why)
    this.context.note(`skipped ${where}: ${why}`)
    if (this.shown.size === most) this.context.note('the others that are skipped are counted only')
  }

  /** Says how many there were, where that is not plain to see. */
  end(): void {
    const { count, shown } = this
    if (count > shown.size) this.context.note(`${count} steps skipped, ${shown.size} of them shown`)
  }
}

/** What went wrong, at its place in what the user wrote. */
export function whatLine(fault: Fault, opened: Opened): string {
  return whatText(placed(fault, opened))
}

/** The same with its step, and the id of the event that it is of. */
export function faultLine(fault: Fault, opened: Opened): string {
  const id = fault.id === undefined ? '' : `, of ${json(fault.id)}`
  return faultText(placed(fault, opened)) + id
}

function placed(fault: Fault, { trace }: Opened): Fault {
  return fault.position ? { ...fault, position: trace(fault.position) } : fault
}
