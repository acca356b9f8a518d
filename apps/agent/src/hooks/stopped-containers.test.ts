import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import type { containers as Containers } from '@holdfast/host'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openStoppedContainers } from './stopped-containers.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'holdfast-stopped-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const options = {
  environment: {},
  timeoutMs: 1000,
  signal: new AbortController().signal,
  onLine: () => undefined,
}
const noted = () => JSON.parse(readFileSync(join(home, 'stopped-containers.json'), 'utf8')).stopped

/** An engine with one or more containers that run, and what was asked of it. */
function engine(...running: string[]) {
  const up = new Set(running)
  const asked: string[] = []
  const state = { down: false }
  const refuse = () => {
    if (state.down) throw new HoldfastError('HOOK_FAILED', 'docker is away.')
  }
  const containers: typeof Containers = {
    async isRunning(name) {
      refuse()
      return up.has(name)
    },
    async stop(name) {
      // The note is there before: a crash in this moment must not leave it stopped.
      expect(noted()).toContainEqual(expect.objectContaining({ container: name }))
      refuse()
      asked.push(`stop ${name}`)
      up.delete(name)
    },
    async start(name) {
      refuse()
      asked.push(`start ${name}`)
      up.add(name)
    },
  }
  return { containers, up, asked, state }
}

it('starts again what it stopped, and nothing that was stopped before', async () => {
  const { containers, asked } = engine('web')
  const stopped = await openStoppedContainers(home, containers)
  expect(await stopped.stop('web', 'run-1', options)).toBe('stopped')
  expect(await stopped.stop('old', 'run-1', options)).toBe('left-alone')
  expect(await stopped.start('old', 'run-1', options)).toBe('left-alone')
  expect(await stopped.start('web', 'run-1', options)).toBe('started')
  expect(await stopped.start('web', 'run-1', options)).toBe('left-alone')
  expect(asked).toEqual(['stop web', 'start web'])
  expect(noted()).toEqual([])
})

it('keeps it stopped until the last of two runs has ended', async () => {
  const { containers, asked } = engine('web')
  const stopped = await openStoppedContainers(home, containers)
  await Promise.all([stopped.stop('web', 'run-1', options), stopped.stop('web', 'run-2', options)])
  expect(await stopped.start('web', 'run-1', options)).toBe('left-alone')
  expect(asked).toEqual(['stop web'])
  expect(await stopped.start('web', 'run-2', options)).toBe('started')
})

it('is started by the next agent when this one died, also when that takes several tries', async () => {
  const docker = engine('web', 'db')
  const died = await openStoppedContainers(home, docker.containers)
  await died.stop('web', 'run-1', options)
  await died.stop('db', 'run-1', options)
  const next = await openStoppedContainers(home, docker.containers)
  docker.state.down = true
  expect(await next.startLeft(() => options)).toEqual({ started: [], failed: ['web', 'db'] })
  docker.state.down = false
  expect(await next.startLeft(() => options)).toEqual({ started: ['web', 'db'], failed: [] })
  expect(await next.startLeft(() => options)).toEqual({ started: [], failed: [] })
  expect(noted()).toEqual([])
  expect([...docker.up].sort()).toEqual(['db', 'web'])
})

it('is not started under a run of the next agent, which starts it when it ends', async () => {
  const docker = engine('web')
  await (await openStoppedContainers(home, docker.containers)).stop('web', 'run-1', options)
  const next = await openStoppedContainers(home, docker.containers)
  expect(await next.stop('web', 'run-2', options)).toBe('stopped')
  expect(await next.startLeft(() => options)).toEqual({ started: [], failed: [] })
  expect(docker.up.has('web')).toBe(false)
  expect(await next.start('web', 'run-2', options)).toBe('started')
  expect(noted()).toEqual([])
})

it('stays noted when it could not be started, and is owed', async () => {
  const docker = engine('web')
  const stopped = await openStoppedContainers(home, docker.containers)
  await stopped.stop('web', 'run-1', options)
  docker.state.down = true
  await expect(stopped.start('web', 'run-1', options)).rejects.toMatchObject({ code: 'HOOK_FAILED' })
  expect(noted()).toEqual([{ container: 'web', holder: 'run-1' }])
  docker.state.down = false
  expect(await stopped.stop('web', 'run-2', options)).toBe('stopped')
  expect(await stopped.startLeft(() => options)).toEqual({ started: [], failed: [] })
  expect(await stopped.start('web', 'run-2', options)).toBe('started')
  expect(noted()).toEqual([])
})
