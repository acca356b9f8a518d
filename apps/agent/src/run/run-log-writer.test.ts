import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LogLine, Plan, RunId } from '@holdfast/domain'
import { type History, openHistory } from '@holdfast/history'
import { systemClock } from '@holdfast/host'
import { expect, test } from 'vitest'
import { createRunLogWriter } from './run-log-writer.ts'

const NOON = new Date('2026-11-22T12:00:00.000Z')

async function openRealHistory(): Promise<{ history: History } & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'holdfast-log-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const history = stack.use(await openHistory({ file: join(home, 'holdfast.db'), clock: systemClock }))
  const parts = stack.move()
  return { history, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}

async function insertRun(history: History): Promise<RunId> {
  const plan = Plan.parse({
    ...{ id: 'plan-1', name: 'Docs', sources: [{ path: '/docs', excludes: [] }] },
    ...{ paused: false, createdAt: NOON, schedule: { kind: 'manual' } },
    vault: { id: '0'.repeat(32), name: 'disk', place: { kind: 'folder', path: '/disk' }, encrypted: false },
  })
  await history.plans.create(plan)
  const id = RunId.parse('run-1')
  await history.runs.insertQueued({ id, planId: plan.id, trigger: 'cli', queuedAt: NOON })
  return id
}

test('who hears a line of the log and then asks for the log finds it there', async () => {
  await using it = await openRealHistory()
  const { log } = it.history
  const runId = await insertRun(it.history)
  const found: Promise<boolean>[] = []
  const told: string[] = []
  const writer = createRunLogWriter({
    ...{ runId, log, now: () => NOON },
    publish({ text }: LogLine) {
      told.push(text)
      found.push(log.tail(runId, 10).then((lines) => lines.some((line) => line.text === text)))
    },
    onError: (error) => told.push(String(error)),
  })
  writer.write('info', 'one')
  writer.write('warn', 'two')
  await writer.end()
  expect(told).toEqual(['one', 'two'])
  expect(await Promise.all(found)).toEqual([true, true])
})

test('a line that can’t be stored is told all the same', async () => {
  await using it = await openRealHistory()
  const told: string[] = []
  const errors: unknown[] = []
  const writer = createRunLogWriter({
    ...{ runId: RunId.parse('no-such-run'), log: it.history.log, now: () => NOON },
    publish: ({ text }) => told.push(text),
    onError: (error) => errors.push(error),
  })
  writer.write('info', 'one')
  await writer.end()
  expect([told, errors.length]).toEqual([['one'], 1])
})
