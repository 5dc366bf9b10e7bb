/** `--checkpoint DIR` and what goes with it: saving while a command trains, and going on from there. */
import { access, constants } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { EagreError } from '../errors.js'
import { reason } from '../files/bytes.js'
import { checkpoints, type Checkpoints } from '../files/checkpoint.js'
import type { Graph } from '../graph.js'
import type { Checkpoint, Restored } from '../train/checkpoint.js'
import { printable, say } from './failure.js'
import type { Interval, RecordOptions } from './interval.js'
import type { Context } from './io.js'
import { group } from './progress.js'

/** A folder that a command saves checkpoints to. */
export interface Record {
  /** What the graph went on from, if anything. */
  readonly resumed: Checkpoint | undefined
  /** Saves the first one, and from then on now and then. Throws `io` where the folder takes none. */
  begin(graph: Graph): Promise<void>
  /** How many steps have been made, for whoever saves by steps; to be told between two steps. */
  step(steps: number): void
  /** Waits for what is being saved, and saves the last one; false where that fails, which has been told. */
  finish(graph: Graph): Promise<boolean>
}

/**
 * Opens the folder that the options name and, to resume, puts its newest checkpoint into the graph.
 * Throws `bad-argument` for options that make no sense together and for a folder that is not as
 * they say, `bad-data` for a checkpoint of another graph, `io`.
 */
export async function openRecord(
  graph: Graph,
  options: RecordOptions & { readonly weights?: string },
  context: Context,
): Promise<Record | undefined> {
  const { checkpoint: folder, every = { milliseconds: 10_000 }, keep, resume, partial } = options
  checkTogether(options)
  if (folder === undefined) return undefined
  const path = context.path(folder)
  const store = checkpoints(path, { name: folder, ...(keep && { keep }) })
  const shown = (file: string) => join(folder, relative(path, file))
  let resumed: Checkpoint | undefined
  if (resume === true) {
    resumed = await restore(store, graph, folder, partial === true, context, shown)
    await checkWritable(path, folder)
  } else await mustBeFresh(store, folder)
  return recorder(store, every, resumed, context, shown)
}

/** Errors of a checkpoint that does not fit tell what to do in code; here it is an option. */
export function inWords(error: unknown): unknown {
  if (!(error instanceof EagreError) || !/partial: true/.test(error.hint ?? '')) return error
  return new EagreError(error.code, error.message, {
    cause: error.cause,
    hint: 'add --partial to take what fits, or name another folder to begin anew',
  })
}

/** What waits for labels too. */
const all = { pending: true }

function recorder(
  store: Checkpoints,
  every: Interval,
  resumed: Checkpoint | undefined,
  context: Context,
  shown: (file: string) => string,
): Record {
  let graph: Graph | undefined
  let timer: NodeJS.Timeout | undefined
  let saving: Promise<string | undefined> | undefined
  let failing = false
  let savedAt = resumed?.run?.step === undefined ? 0 : Number(resumed.run.step)
  const write = async (checkpoint: Checkpoint): Promise<string | undefined> => {
    try {
      const file = await store.save(checkpoint)
      failing = false
      return shown(file)
    } catch (error) {
      // Once: a disk that is full stays so for a while, and training goes on.
      if (!failing) say((error as Error).message, context)
      failing = true
      return undefined
    }
  }
  const save = () => {
    // One at a time: what a slow disk has no time for is left out.
    if (saving !== undefined || graph === undefined) return
    saving = write(graph.checkpoint(all)).finally(() => (saving = undefined))
  }
  return {
    resumed,
    async begin(watched) {
      // A run does not fail late for a folder that takes none, and there is something to resume.
      if (resumed === undefined) await store.save(watched.checkpoint(all))
      graph = watched
      if ('milliseconds' in every) timer = setInterval(save, every.milliseconds)
    },
    step(steps) {
      if (!('steps' in every) || steps < savedAt + every.steps || saving !== undefined) return
      savedAt = steps
      save()
    },
    async finish(last) {
      clearInterval(timer)
      graph = undefined
      await saving
      failing = false
      const file = await write(last.checkpoint(all))
      if (file !== undefined) context.note(`checkpoint saved to ${file}`)
      return file !== undefined
    },
  }
}

function checkTogether(options: RecordOptions & { readonly weights?: string }): void {
  const { checkpoint, resume, partial, weights } = options
  const wrong = (message: string, hint: string) => new EagreError('bad-argument', message, { hint })
  if (checkpoint === undefined) {
    const alone = (['resume', 'every', 'keep', 'partial'] as const).find((name) => options[name] !== undefined) // prettier-ignore
    if (alone === undefined) return
    throw wrong(`--${alone} needs --checkpoint`, 'name the folder: --checkpoint FOLDER')
  }
  if (partial === true && resume !== true) throw wrong('--partial needs --resume', 'add --resume')
  if (resume === true && weights !== undefined) {
    throw wrong('--resume and --weights are both given', 'a checkpoint has its own weights')
  }
}

async function restore(
  store: Checkpoints,
  graph: Graph,
  folder: string,
  partial: boolean,
  context: Context,
  shown: (file: string) => string,
): Promise<Checkpoint> {
  const latest = await store.latest()
  if (latest === undefined) {
    throw new EagreError('bad-argument', `there is no checkpoint in ${folder}`, {
      hint: 'leave out --resume to begin',
    })
  }
  const { checkpoint, file, refused } = latest
  for (const message of refused) context.note(printable(message))
  try {
    note(graph.restore(checkpoint, { partial }), checkpoint, shown(file), context)
  } catch (error) {
    throw inWords(error)
  }
  return checkpoint
}

function note(
  restored: Restored,
  { run, learn }: Checkpoint,
  file: string,
  context: Context,
): void {
  const at = run === undefined ? '' : `: ${group(Number(run.epoch))} epochs and ${group(Number(run.step))} steps were made` // prettier-ignore
  // Whoever sends the events has to know where to go on.
  const seen = learn === undefined ? '' : `: ${seenIn(learn.counts)}`
  context.note(`resumed from ${file}${run === undefined ? seen : at}`)
  const { kept, fresh, dropped } = restored
  if (fresh.length + dropped.length === 0) return
  const list = (names: readonly string[]) =>
    names.length === 0 ? 'none' : names.slice(0, 20).join(', ') + (names.length > 20 ? ', …' : '')
  context.note(`kept: ${list(kept)}; new: ${list(fresh)}; dropped: ${list(dropped)}`)
}

function seenIn({ events, labels }: { readonly [of: string]: unknown }): string {
  const [some, others] = [counted(events, 'event'), counted(labels, 'label')]
  if (labels !== 0) return `${some} and ${others} were seen`
  return `${some} ${events === 1 ? 'was' : 'were'} seen`
}

function counted(count: unknown, what: string): string {
  return `${group(Number(count))} ${what}${count === 1 ? '' : 's'}`
}

/** Nothing that was learned is written over: what is in the folder may be of another run. */
async function mustBeFresh(store: Checkpoints, folder: string): Promise<void> {
  const [newest] = await store.list()
  if (newest === undefined) return
  throw new EagreError('bad-argument', `${folder} has checkpoints already, up to ${newest}`, {
    hint: 'go on from there with --resume, or name another folder',
  })
}

async function checkWritable(path: string, folder: string): Promise<void> {
  try {
    await access(path, constants.W_OK)
  } catch (cause) {
    throw new EagreError('io', `cannot write to ${folder}: ${reason(cause)}`, { cause })
  }
}
