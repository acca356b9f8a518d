import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { startAgent } from '../src/start-agent.ts'
import { ownerOf, temporaryFolder, testConfig } from './_test-agent.ts'

const EXAMPLE = fileURLToPath(new URL('../../../docs/examples/embed.ts', import.meta.url))

test('the example in the docs starts an agent, pairs, asks, stops, and ends by itself', async () => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const env = { PATH: process.env.PATH ?? '', HOME: folder.path }
  const child = spawn(process.execPath, [EXAMPLE, home], { stdio: ['ignore', 'pipe', 'pipe'], env })
  const [said, complaints, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  expect(complaints).toBe('')
  expect(said).toMatch(
    /^Holdfast answers at http:\/\/localhost:\d+\.\nPaired: true\.\nNothing is backed up yet\.\n$/,
  )
  expect(code).toBe(0)
  expect(existsSync(join(home, 'agent.json'))).toBe(false)
  expect(rclonesOf(home)).toEqual([])
})

test('an agent held as a library stops within ten seconds, leaves no handle, and can be started again', async () => {
  await using folder = await temporaryFolder()
  const home = join(folder.path, 'home')
  const before = handles()
  for (const time of ['first', 'second']) {
    const agent = await startAgent(testConfig(home))
    const verdict = (await ownerOf(agent).home.query({ timeZone: 'UTC' })).verdict
    expect(verdict.state, time).toBe('unknown')
    const began = performance.now()
    await agent[Symbol.asyncDispose]()
    expect(performance.now() - began).toBeLessThan(10_000)
  }
  expect(rclonesOf(home)).toEqual([])
  // What the test itself asked with may still be open.
  const left = handles().filter((kind) => /Server|ChildProcess|FSEvent|MessagePort/.test(kind))
  expect(left).toEqual(before.filter((kind) => /Server|ChildProcess|FSEvent|MessagePort/.test(kind)))
})

function handles(): string[] {
  return process.getActiveResourcesInfo().sort()
}

function rclonesOf(home: string): string[] {
  const all = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n')
  return all.filter((line) => line.includes('rcd') && line.includes(home))
}
