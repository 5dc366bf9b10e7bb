/** The commands. Each is loaded when it is asked for, so that `eagre --help` starts at once. */
import type { Command } from 'commander'
import type { Context } from './io.js'

/** Adds options, examples and the action to a command. */
export type Define = (command: Command, context: Context) => void

interface Entry {
  /** The name and the arguments. */
  readonly usage: string
  /** One line, lower case, without a full stop. */
  readonly summary: string
  load(): Promise<Define>
}

export const commands: readonly Entry[] = [
  {
    usage: 'train <graph>',
    summary: 'train a graph and print what it has learned',
    load: async () => (await import('./train.js')).train,
  },
  {
    usage: 'learn <graph>',
    summary: 'predict from events on stdin and learn from each',
    load: async () => (await import('./learn.js')).learn,
  },
  {
    usage: 'tap <graph> <nodes...>',
    summary: 'print the values of nodes while a graph learns',
    load: async () => (await import('./tap.js')).tap,
  },
  {
    usage: 'run <graph> [file]',
    summary: 'predict from samples in a file or on stdin',
    load: async () => (await import('./run.js')).run,
  },
  {
    usage: 'grad <graph> [values...]',
    summary: 'show all values and gradients of one sample',
    load: async () => (await import('./grad.js')).grad,
  },
  {
    usage: 'check <files...>',
    summary: 'find all mistakes in graph files',
    load: async () => (await import('./check.js')).check,
  },
  {
    usage: 'test <files...>',
    summary: 'run the tests that graph files contain',
    load: async () => (await import('./test.js')).test,
  },
  {
    usage: 'gradcheck <graph> [values...]',
    summary: 'check gradients against finite differences',
    load: async () => (await import('./gradcheck.js')).gradcheck,
  },
  {
    usage: 'graph <graph>',
    summary: 'draw a graph, as Mermaid, DOT or JSON',
    load: async () => (await import('./graph.js')).graph,
  },
  {
    usage: 'studio <graph>',
    summary: 'open a page that shows a graph at work',
    load: async () => (await import('./studio.js')).studio,
  },
  {
    usage: 'gates [name]',
    summary: 'list the gates, or explain one',
    load: async () => (await import('./gates.js')).gates,
  },
  {
    usage: 'schema',
    summary: 'print the JSON Schema of graph files',
    load: async () => (await import('./schema.js')).schema,
  },
  {
    usage: 'init [name]',
    summary: 'write a graph file to start from',
    load: async () => (await import('./init.js')).init,
  },
]
