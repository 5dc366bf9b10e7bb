import { describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.js'
import { run } from './harness.js'

test('help names every command, the exit codes and lines to copy, and goes to stdout', async () => {
  for (const argv of [['--help'], ['-h'], ['help']]) {
    const { code, stdout, stderr } = await run(argv)
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).toMatchInlineSnapshot(`
      "Usage: eagre [options] [command]

      Computational graphs in YAML that run as RxJS streams and learn.

      Options:
        -V, --version                  output the version number
        -h, --help                     show help

      Commands:
        train <graph>                  train a graph and print what it has learned
        learn <graph>                  predict from events on stdin and learn from
                                       each
        tap <graph> <nodes...>         print the values of nodes while a graph learns
        run <graph> [file]             predict from samples in a file or on stdin
        grad <graph> [values...]       show all values and gradients of one sample
        check <files...>               find all mistakes in graph files
        test <files...>                run the tests that graph files contain
        gradcheck <graph> [values...]  check gradients against finite differences
        graph <graph>                  draw a graph, as Mermaid, DOT or JSON
        studio <graph>                 open a page that shows a graph at work
        gates [name]                   list the gates, or explain one
        schema                         print the JSON Schema of graph files
        init [name]                    write a graph file to start from
        help [command]                 show help for a command

      Examples:
        eagre init model
        eagre check model.yaml
        eagre train model.yaml --plot
        eagre gates tanh

      Exit codes:
        0    done
        1    failed: a fault while training, a test or a gradient that is wrong
        2    usage: an unknown command or option, a file that cannot be read
        65   bad data: a row, a sample, weights or a checkpoint that do not fit the graph
        78   invalid graph
        130  interrupted, after saving where --save or --checkpoint asked for it

      Environment:
        NO_COLOR, FORCE_COLOR   never, always use colors
        EAGRE_DEBUG=1           show the stack trace of an internal error

      "
    `)
  }
})

describe.each(commands.map(({ usage }) => usage.split(' ')[0]!))('the help of %s', (name) => {
  test('has lines to copy and fits 80 columns', async () => {
    const { code, stdout } = await run([name, '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain(`Usage: eagre ${name}`)
    expect(stdout).toMatch(new RegExp(`\nExamples:\n(.*\n)*.*eagre ${name}`))
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
    expect((await run(['help', name])).stdout).toBe(stdout)
  })
})

test('no arguments at all show the help on stderr and are an error', async () => {
  const { code, stdout, stderr } = await run([])
  expect(code).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('Usage: eagre')
})

test('the version is that of the package', async () => {
  const { code, stdout } = await run(['--version'])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
})

test.each([
  [['trian'], "error: unknown command 'trian'\n(Did you mean train?)\n"],
  [['nonsense'], "error: unknown command 'nonsense'\n"],
  [['--nope'], "error: unknown option '--nope'\n"],
  [['check'], "error: missing required argument 'files'\n"],
  [['train'], "error: missing required argument 'graph'\n"],
  [['train', 'a', 'b'], 'error: too many arguments for \'train\'. Expected 1 argument but got 2.\n'], // prettier-ignore
  [['train', 'a', '--epoch', '3'], "error: unknown option '--epoch'\n(Did you mean --epochs?)\n"],
  [
    ['train', 'a', '--epochs', '0'],
    "error: option '--epochs <n>' argument '0' is invalid. It takes a whole number, at least 1.\n",
  ],
  [
    ['check', 'a', '--format', 'xml'],
    "error: option '--format <format>' argument 'xml' is invalid. Allowed choices are text, json, github.\n",
  ],
])('%j is a usage error with a repair', async (argv, message) => {
  expect(await run(argv)).toEqual({ code: 2, stdout: '', stderr: message })
})
