import { HOUR_MS, MINUTE_MS, Plan, type Protection } from '@holdfast/domain'
import { expect, test } from 'vitest'
import { planVerdict } from './conditions.ts'

const NOON = new Date('2026-11-22T12:00:00Z')
const PLAN = Plan.parse({
  ...{ id: 'papers', name: 'Papers', paused: false, createdAt: NOON, schedule: { kind: 'manual' } },
  ...{ sources: [{ path: '/home', excludes: [] }] },
  vault: { id: '0'.repeat(32), name: 'v', place: { kind: 'folder', path: '/v' }, encrypted: true },
})
const OVERDUE: Protection = { state: 'at-risk', code: 'overdue', sentence: 'Papers is overdue.' }
const LONG_AWAKE = { now: NOON, awakeSince: new Date(0), usualRunMs: 0 }

test('what is at risk or failing is a condition; what is safe, unknown or paused is none', () => {
  const card = { plan: PLAN, running: undefined, protection: OVERDUE }
  expect(planVerdict(card, LONG_AWAKE)).toEqual({
    ...{ subject: 'papers', state: 'known' },
    condition: { subject: 'papers', severity: 'at-risk', code: 'overdue', sentence: 'Papers is overdue.' },
  })
  const none = { subject: 'papers', state: 'known', condition: undefined }
  for (const state of ['protected', 'unknown'] as const)
    expect(planVerdict({ ...card, protection: { ...OVERDUE, state } }, LONG_AWAKE)).toEqual(none)
  expect(planVerdict({ ...card, plan: { ...PLAN, paused: true } }, LONG_AWAKE)).toEqual(none)
})

test('after a sleep, being late is held until the catch-up run had its time; a failure is not', () => {
  const card = { plan: PLAN, running: undefined, protection: OVERDUE }
  const woke = (minutes: number, usualRunMs = 0) => ({
    ...{ now: NOON, usualRunMs },
    awakeSince: new Date(NOON.getTime() - minutes * MINUTE_MS),
  })
  expect(planVerdict(card, woke(29)).state).toBe('held')
  expect(planVerdict(card, woke(30)).state).toBe('known')
  expect(planVerdict(card, woke(30, HOUR_MS)).state).toBe('held')
  expect(planVerdict({ ...card, protection: { ...OVERDUE, code: 'last-failed' } }, woke(1)).state).toBe(
    'known',
  )
})
