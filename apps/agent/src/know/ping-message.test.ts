import { PlanId, type Run, RunId } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { pingMessage } from './ping-message.ts'

const NOON = new Date('2026-11-22T12:00:00Z')
const FACTS = { id: 'm', at: NOON, machine: 'desk' }
const RUN = { id: RunId.parse('r1'), planId: PlanId.parse('papers'), queuedAt: NOON }

test('a watcher hears of the start, of success and of all else that ended work', () => {
  const finished = (outcome: Extract<Run, { state: 'finished' }>['outcome']): Run => ({
    ...{ ...RUN, outcome, summary: null, proof: null },
    ...{ startedAt: NOON, finishedAt: new Date(NOON.getTime() + 90_000) },
    ...{ trigger: 'schedule', state: 'finished' },
    reason: { code: 'NETWORK', message: 'The line is cut.', next: '' },
  })
  expect(pingMessage(finished('complete'), FACTS)?.data.ping).toBe('success')
  expect(pingMessage(finished('failed'), FACTS)).toMatchObject({
    ...{ data: { ping: 'fail' }, text: 'failed after 1 min 30 s: NETWORK The line is cut.' },
  })
  expect(pingMessage(finished('incomplete'), FACTS)?.data.ping).toBe('fail')
  expect(pingMessage(finished('skipped'), FACTS)).toBeUndefined()
  expect(pingMessage(finished('cancelled'), FACTS)).toBeUndefined()
})
