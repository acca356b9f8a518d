import { expect, test } from 'vitest'
import { Heard, heardFrom } from './heard.ts'

const AT = new Date('2026-11-22T12:00:00Z')
const SAFE = { state: 'protected', sentence: 'Everything is safe.' }
const card = (name: string, change: object = {}) => ({
  ...{ plan: { name, paused: false, schedule: { kind: 'manual' } }, protection: { ...SAFE, code: 'safe' } },
  ...{ strip: [], copies: [], lastRun: { state: 'finished', outcome: 'incomplete' } },
  ...{ lastSnapshotAt: '2026-11-22T02:00:00.000Z', ...change },
})

test('of what another machine says its verdict and its plans in short are kept', () => {
  const running = { id: 'r1', state: 'running' }
  const heard = heardFrom({ machine: 'nas', verdict: SAFE, plans: [card('Photos', { running })] }, AT)
  expect(heard).toEqual({
    ...{ at: AT, name: 'nas', verdict: SAFE },
    plans: [
      {
        ...{ name: 'Photos', paused: false, state: 'protected', running: true, lastOutcome: 'incomplete' },
        ...{ lastSnapshotAt: new Date('2026-11-22T02:00:00Z'), nextDueAt: null },
      },
    ],
  })
  expect(Heard.parse(JSON.parse(JSON.stringify(heard)))).toEqual(heard)
})

test('what it says is held to bounds, and a plan that can’t be read takes no other along', () => {
  const plans = [card('\u001B[2J'.repeat(200)), card('Odd', { protection: { state: 'splendid' } }), 7]
  const many = Array.from({ length: 80 }, (_, n) => card(`plan ${n}`))
  const heard = heardFrom({ machine: 'n'.repeat(5000), verdict: SAFE, plans: [...plans, ...many] }, AT)
  expect(heard.name.length).toBe(300)
  expect(heard.plans.map(({ name }) => name).slice(0, 2)).toEqual([' [2J'.repeat(75), 'plan 0'])
  expect(heard.plans.length).toBe(48)
  expect(() => heardFrom({ machine: 'nas', plans: [] }, AT)).toThrow()
})

test('what an earlier version kept has no plans', () => {
  expect(Heard.parse({ at: AT.toISOString(), name: 'nas', verdict: SAFE }).plans).toEqual([])
})
