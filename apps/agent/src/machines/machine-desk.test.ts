import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MINUTE_MS } from '@holdfast/domain'
import { openHistory } from '@holdfast/history'
import { systemClock } from '@holdfast/host'
import { expect, test, vi } from 'vitest'
import { openMachineDesk } from './machine-desk.ts'

test('each machine is asked soon after the start and every five minutes, and nobody once the desk is closed', async () => {
  await using stack = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-desk-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const history = stack.use(await openHistory({ file: join(dir, 'history.db'), clock: systemClock }))
  const startMs = Date.UTC(2026, 10, 22)
  // Nobody listens at the port: each question fails at once.
  const known = [
    {
      ...{ id: 'm1', origin: 'https://127.0.0.1:9', authority: null, fingerprint: 'AB', cookie: 'c' },
      ...{ silentAfterHours: 26, addedAt: new Date(startMs) },
    },
  ]
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] })
  stack.defer(() => void vi.useRealTimers())
  let looks = 0
  let heard = Promise.withResolvers<void>()
  let nowMs = startMs
  const desk = stack.use(
    await openMachineDesk({
      ...{ history, machine: () => 'laptop', nearby: async () => [], now: () => new Date(nowMs) },
      secrets: { value: () => known, setValue: async () => undefined },
      onError: (error) => heard.reject(error),
      onHeard: () => {
        looks += 1
        heard.resolve()
      },
    }),
  )
  const pass = async (minutes: number) => {
    nowMs += minutes * MINUTE_MS
    heard = Promise.withResolvers<void>()
    vi.advanceTimersByTime(minutes * MINUTE_MS)
    await heard.promise
  }
  expect(looks).toBe(0)
  await pass(0.5)
  vi.advanceTimersByTime(4.4 * MINUTE_MS)
  nowMs += 4.4 * MINUTE_MS
  expect(looks).toBe(1)
  await pass(0.1)
  expect(await desk.port.list()).toMatchObject([
    { problem: { sentence: expect.stringContaining('Nobody answers') } },
  ])
  expect(desk.verdicts()).toMatchObject([{ state: 'known', condition: undefined }])
  // Far beyond its limit, it takes two tries in a row to tell.
  nowMs += 30 * 60 * MINUTE_MS
  await pass(5)
  expect(desk.verdicts()).toMatchObject([{ subject: 'machine:m1', state: 'held' }])
  await pass(5)
  expect(desk.verdicts()).toMatchObject([{ state: 'known', condition: { code: 'machine-silent' } }])
  await desk[Symbol.asyncDispose]()
  vi.advanceTimersByTime(60 * MINUTE_MS)
  expect(looks).toBe(4)
})
