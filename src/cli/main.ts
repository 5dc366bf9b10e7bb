#!/usr/bin/env node
/** The command `eagre`: the process around `cli`. */
import { cli } from './cli.js'
import { processIo } from './process.js'

process.exitCode = await cli(process.argv.slice(2), processIo())
