#!/usr/bin/env node
// Starts the command line on the Node 24 that npm installed. Plain JavaScript, because an older Node may run it.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..')
const main = join(root, 'apps', 'cli', 'src', 'main.ts')

if (Number(process.versions.node.split('.')[0]) >= NEEDED) await import(main)
else runOnNewerNode(join(root, 'node_modules', '.bin', 'node'))

function runOnNewerNode(node) {
  if (!existsSync(node)) {
    console.error(
      `Holdfast needs Node ${NEEDED}, which npm brings along.\nNext: run \`npm install\` in ${root}.`,
    )
    process.exitCode = 1
    return
  }
  // Of what is new in memory less is held, and it costs less to look through: docs/performance.md.
  const young = ['--max-semi-space-size=8', '--no-parallel-scavenge']
  const options = [...young, '--disable-warning=ExperimentalWarning']
  const env = { MALLOC_ARENA_MAX: '2', ...process.env }
  // Names that are not UTF-8 don't survive a list of arguments made of text.
  if (process.argv.some((argument) => argument.includes('\ufffd')) && existsSync('/proc/self/cmdline'))
    env.HOLDFAST_ARGUMENTS = readFileSync('/proc/self/cmdline').toString('base64')
  // The channel tells the child that we are gone, should we be killed: it ends then too.
  const child = spawn(node, [...options, main, ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env,
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'])
    process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`${node} does not start: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0))
  })
}
