#!/usr/bin/env node
/** The command `eagre`: the process around `cli`. */
import { cli } from './cli.js'
import { processIo } from './process.js'

const io = processIo()
const code = await cli(process.argv.slice(2), io)
process.exitCode = io.lost() ?? code
