import { type FinishedRun, MINUTE_MS, PlanId, RunId } from '@holdfast/domain'
import { expect, it } from 'vitest'
import { failingFrom, retryAt } from './retry-rule.ts'

const now = new Date('2026-11-22T12:00:00Z')
const retry = { times: 2, firstMinutes: 10 }

it.each([
  [1, 10],
  [2, 20],
  [3, undefined],
])('after %i failures in a row it waits %s minutes', (failures, minutes) => {
  const at = retryAt(runWith('failed', 'REMOTE_UNREACHABLE'), { failures, retry, now })
  expect(at).toEqual(minutes === undefined ? undefined : new Date(now.getTime() + minutes * MINUTE_MS))
})

it.each([
  ['failed', 'LOCKED'],
  ['failed', 'REMOTE_FULL'],
  ['failed', 'NO_SUCH_CODE'],
  ['cancelled', 'CANCELLED'],
  ['complete', undefined],
] as const)('is not tried again when it was %s by %s', (outcome, code) => {
  expect(retryAt(runWith(outcome, code), { failures: 1, retry, now })).toBeUndefined()
})

it('is tried again when its engine died', () => {
  expect(retryAt(runWith('interrupted', 'ENGINE_DIED'), { failures: 1, retry, now })).toBeDefined()
})

it('is told from the history after a restart', () => {
  const failed = runWith('failed', 'REMOTE_UNREACHABLE')
  const skipped = { ...runWith('skipped', 'ALREADY_RUNNING'), trigger: 'schedule' as const }
  const after = (minutes: number) => new Date(now.getTime() + minutes * MINUTE_MS)
  expect(failingFrom([failed], retry)).toEqual({ failures: 1, retryAt: after(10) })
  expect(failingFrom([skipped, failed, failed], retry)).toEqual({ failures: 2, retryAt: after(20) })
  expect(failingFrom([failed, failed, failed], retry)).toBeUndefined()
  expect(failingFrom([failed, runWith('complete', undefined), failed], retry)).toMatchObject({ failures: 1 })
  expect(failingFrom([runWith('complete', undefined), failed], retry)).toBeUndefined()
  expect(failingFrom([{ ...failed, trigger: 'device' }, failed], retry)).toBeUndefined()
  expect(failingFrom([], retry)).toBeUndefined()
})

it.each(['ON_BATTERY', 'ON_METERED'])(
  'after a restart what waited for the end of %s is tried at once',
  (code) => {
    expect(failingFrom([runWith('skipped', code)], retry)).toEqual({ failures: 0, retryAt: now })
  },
)

function runWith(outcome: FinishedRun['outcome'], code: string | undefined): FinishedRun {
  return {
    id: RunId.parse('run'),
    planId: PlanId.parse('plan'),
    trigger: 'schedule',
    ...{ queuedAt: now, startedAt: now, finishedAt: now, state: 'finished', outcome },
    summary: null,
    reason: code === undefined ? null : { code, message: 'It failed.', next: 'Wait.' },
    proof: null,
  } as FinishedRun
}
