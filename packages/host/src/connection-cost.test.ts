import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectionCost } from './connection-cost.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'holdfast-metered-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function program(name: string, script: string): Promise<void> {
  await writeFile(join(dir, name), `#!/bin/sh\n${script}\n`)
  await chmod(join(dir, name), 0o755)
}

it.each([
  ['u 0', 'unknown'],
  ['u 1', 'metered'],
  ['u 2', 'unmetered'],
  ['u 3', 'metered'],
  ['u 4', 'unmetered'],
  ['s "what"', 'unknown'],
])('reads the answer of busctl: %s', async (answer, cost) => {
  await program('busctl', `echo '${answer}'`)
  expect(await connectionCost(dir)).toBe(cost)
})

it('asks gdbus where busctl fails or is missing', async () => {
  await program('gdbus', "echo '(<uint32 1>,)'")
  expect(await connectionCost(dir)).toBe('metered')
  await program('busctl', 'exit 1')
  expect(await connectionCost(dir)).toBe('metered')
})

it('is unknown where nothing can be asked, and where nobody answers well', async () => {
  expect(await connectionCost(dir)).toBe('unknown')
  await program('busctl', 'exit 1')
  await program('gdbus', 'exit 1')
  expect(await connectionCost(dir)).toBe('unknown')
})
