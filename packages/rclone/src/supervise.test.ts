import { HoldfastError } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { processStamp } from './process-stamp.ts'
import { type SupervisionEvent, superviseRclone } from './supervise.ts'
import { startTestDaemon, type TestDaemon } from './test-daemon.ts'

/** Starts real daemons and keeps their folders until the end of the test. */
function createStarter(folders: AsyncDisposableStack) {
  return async (): Promise<TestDaemon['daemon']> => folders.use(await startTestDaemon()).daemon
}

test('a daemon that dies is replaced by one that answers', async () => {
  await using folders = new AsyncDisposableStack()
  const seen = createEvents()
  await using rclone = superviseRclone(createStarter(folders), { backOffMs: [0], onEvent: seen.push })
  const first = await rclone.running()
  process.kill(first.pid, 'SIGKILL')
  await seen.until((events) => events.filter(({ type }) => type === 'started').length === 2)
  const second = await rclone.running()
  expect(second.pid).not.toBe(first.pid)
  await second.client.call('core/version', {}, z.object({}))
  await expect(first.client.call('core/version', {}, z.object({}))).rejects.toMatchObject({
    code: 'RCLONE_DIED',
  })
  expect(seen.types()).toEqual(['started', 'died', 'started'])
})

test('while a daemon that died waits for its turn there is none, and who waits for it can be cancelled', async () => {
  await using folders = new AsyncDisposableStack()
  const seen = createEvents()
  await using rclone = superviseRclone(createStarter(folders), { backOffMs: [60_000], onEvent: seen.push })
  const { pid } = await rclone.running()
  expect(rclone.current()?.pid).toBe(pid)
  process.kill(pid, 'SIGKILL')
  await seen.until((events) => events.some(({ type }) => type === 'died'))
  expect(rclone.current()).toBeUndefined()
  await expect(rclone.running({ signal: AbortSignal.timeout(20) })).rejects.toMatchObject({
    code: 'CANCELLED',
  })
})

test('a start that fails is tried again, and its error is what callers see meanwhile', async () => {
  await using folders = new AsyncDisposableStack()
  const seen = createEvents()
  const start = createStarter(folders)
  let starts = 0
  const failing = async () => {
    starts += 1
    if (starts < 3) throw new HoldfastError('RCLONE_MISSING', 'It is not there.')
    return await start()
  }
  await using rclone = superviseRclone(failing, { backOffMs: [50], onEvent: seen.push })
  await expect(rclone.running()).rejects.toMatchObject({ code: 'RCLONE_MISSING' })
  await seen.until((events) => events.some(({ type }) => type === 'started'))
  await (await rclone.running()).client.call('core/version', {}, z.object({}))
  expect(seen.types()).toEqual(['start-failed', 'start-failed', 'started'])
})

test('disposing ends the daemon for good', async () => {
  await using folders = new AsyncDisposableStack()
  const seen = createEvents()
  const rclone = superviseRclone(createStarter(folders), { backOffMs: [0], onEvent: seen.push })
  const { pid } = await rclone.running()
  await rclone[Symbol.asyncDispose]()
  expect(await processStamp(pid)).toBeUndefined()
  await expect(rclone.running()).rejects.toMatchObject({ code: 'RCLONE_DIED' })
  expect(seen.types()).toEqual(['started'])
})

test('disposing while it starts, or waits to start, ends it too', async () => {
  await using folders = new AsyncDisposableStack()
  const waiting = superviseRclone(
    async () => {
      throw new HoldfastError('RCLONE_MISSING', 'It is not there.')
    },
    { backOffMs: [600_000] },
  )
  await expect(waiting.running()).rejects.toMatchObject({ code: 'RCLONE_MISSING' })
  await waiting[Symbol.asyncDispose]()
  const starting = superviseRclone(createStarter(folders))
  const running = starting.running()
  running.catch(() => {})
  await starting[Symbol.asyncDispose]()
  const daemon = await running.catch(() => undefined)
  if (daemon) expect(await processStamp(daemon.pid)).toBeUndefined()
})

function createEvents() {
  const events: SupervisionEvent[] = []
  let changed = Promise.withResolvers<void>()
  return {
    push: (event: SupervisionEvent) => {
      events.push(event)
      changed.resolve()
      changed = Promise.withResolvers<void>()
    },
    types: () => events.map(({ type }) => type),
    until: async (met: (events: readonly SupervisionEvent[]) => boolean) => {
      while (!met(events)) await changed.promise
    },
  }
}
