import { describe, expect, test } from 'vitest'
import { PlanId, RunId } from './ids.ts'
import { needsProof, type PlanFacts, type Protection, protectionOf, worstProtection } from './protection.ts'
import type { FinishedRun, Outcome } from './run.ts'
import type { Schedule } from './schedule.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './units.ts'

const cron = (expression: string): Schedule => ({ kind: 'cron', cron: expression, timeZone: 'UTC' })
const hourly = cron('0 * * * *')
const daily = cron('0 2 * * *')
const weekly = cron('0 2 * * 0')
const monthly = cron('0 2 1 * *')
const manual: Schedule = { kind: 'manual' }

// A Monday, right after the daily plan's due time.
const NOW = new Date('2026-06-08T02:00:00Z')
const ago = (ms: number): Date => new Date(NOW.getTime() - ms)

function run(outcome: Outcome, code?: string): FinishedRun {
  return {
    id: RunId.parse('run-1'),
    planId: PlanId.parse('plan-1'),
    trigger: 'schedule',
    queuedAt: NOW,
    state: 'finished',
    startedAt: NOW,
    finishedAt: NOW,
    outcome,
    summary: null,
    reason: code === undefined ? null : { code, message: 'It broke.', next: 'Mend it.' },
    proof: null,
  }
}

const proof = (at: Date, mismatches = 0) => ({ kind: 'drill' as const, at, files: 3, bytes: 12, mismatches })

function verdict(facts: Partial<PlanFacts>, now = NOW): Protection {
  const healthy: PlanFacts = {
    name: 'Photos',
    schedule: daily,
    createdAt: ago(100 * DAY_MS),
    lastSnapshotAt: ago(HOUR_MS),
    lastRuns: [run('complete'), run('complete')],
    lastProof: proof(ago(DAY_MS)),
  }
  return protectionOf({ ...healthy, ...facts }, now)
}

describe('by age of the newest snapshot', () => {
  test.each<[string, Schedule, number, Protection['state']]>([
    ['hourly, within an hour and its grace', hourly, 2 * HOUR_MS, 'protected'],
    ['hourly, past the grace of an hour', hourly, 2 * HOUR_MS + MINUTE_MS, 'at-risk'],
    ['hourly, a whole day', hourly, DAY_MS, 'at-risk'],
    ['hourly, more than a day', hourly, DAY_MS + HOUR_MS, 'failing'],
    ['daily, within a day and a fifth', daily, 1.2 * DAY_MS, 'protected'],
    ['daily, past a day and a fifth', daily, 1.2 * DAY_MS + MINUTE_MS, 'at-risk'],
    ['daily, three days', daily, 3 * DAY_MS, 'at-risk'],
    ['daily, more than three days', daily, 3 * DAY_MS + MINUTE_MS, 'failing'],
    ['weekly, within a week and a fifth', weekly, 8.4 * DAY_MS, 'protected'],
    ['weekly, past a week and a fifth', weekly, 8.4 * DAY_MS + MINUTE_MS, 'at-risk'],
    ['weekly, more than ten days', weekly, 10 * DAY_MS + MINUTE_MS, 'failing'],
    ['monthly, five weeks', monthly, 35 * DAY_MS, 'protected'],
    ['monthly, six weeks', monthly, 42 * DAY_MS, 'at-risk'],
    ['monthly, four months', monthly, 120 * DAY_MS, 'failing'],
    ['by hand, a week', manual, 7 * DAY_MS, 'protected'],
    ['by hand, more than a week', manual, 7 * DAY_MS + MINUTE_MS, 'at-risk'],
    ['by hand, a year', manual, 365 * DAY_MS, 'at-risk'],
  ])('%s', (_title, schedule, ageMs, state) => {
    // The snapshot was made at a due time, and now is any moment after it.
    const snapshotAt = new Date('2026-02-01T02:00:00Z')
    const now = new Date(snapshotAt.getTime() + ageMs)
    const facts = { schedule, lastSnapshotAt: snapshotAt, lastProof: proof(now) }
    expect(verdict(facts, now).state).toBe(state)
  })

  test('a plan for working days is not late on Sunday, but on Monday after its grace', () => {
    const facts = { schedule: cron('0 2 * * 1-5'), lastSnapshotAt: new Date('2026-06-05T02:05:00Z') }
    expect(verdict(facts, new Date('2026-06-07T20:00:00Z')).state).toBe('protected')
    expect(verdict(facts, new Date('2026-06-08T06:40:00Z')).state).toBe('protected')
    expect(verdict(facts, new Date('2026-06-08T07:00:00Z'))).toMatchObject({
      state: 'at-risk',
      code: 'overdue',
    })
    expect(verdict(facts, new Date('2026-06-10T02:10:00Z'))).toMatchObject({ state: 'failing' })
  })

  test('a run by hand between two due times never makes a plan look late', () => {
    const facts = { lastSnapshotAt: new Date('2026-06-07T14:00:00Z') }
    expect(verdict(facts, new Date('2026-06-08T18:00:00Z')).state).toBe('protected')
    expect(verdict(facts, new Date('2026-06-08T19:00:00Z')).state).toBe('at-risk')
  })

  test('a clock that was set back counts as a fresh snapshot', () => {
    expect(verdict({ lastSnapshotAt: new Date(NOW.getTime() + HOUR_MS) }).state).toBe('protected')
  })
})

describe('by what happened', () => {
  test.each<[string, Partial<PlanFacts>, Protection['state'], Protection['code']]>([
    ['never ran', { lastSnapshotAt: undefined, lastRuns: [], lastProof: undefined }, 'unknown', 'never-ran'],
    [
      'the first run failed',
      { lastSnapshotAt: undefined, lastRuns: [run('failed')], lastProof: undefined },
      'failing',
      'last-failed',
    ],
    ['the last run failed', { lastRuns: [run('failed'), run('complete')] }, 'at-risk', 'last-failed'],
    ['the last run was interrupted', { lastRuns: [run('interrupted')] }, 'at-risk', 'last-failed'],
    ['the last run was incomplete', { lastRuns: [run('incomplete')] }, 'at-risk', 'last-incomplete'],
    ['a person cancelled the last run', { lastRuns: [run('cancelled')] }, 'protected', 'safe'],
    ['two failed in a row', { lastRuns: [run('failed'), run('failed')] }, 'failing', 'failed-twice'],
    ['failed, but good since', { lastRuns: [run('complete'), run('failed')] }, 'protected', 'safe'],
    ['the vault is damaged', { lastRuns: [run('failed', 'VAULT_DAMAGED')] }, 'failing', 'damaged'],
    ['never proven', { lastProof: undefined }, 'at-risk', 'proof-missing'],
    ['proven thirty days ago', { lastProof: proof(ago(30 * DAY_MS)) }, 'protected', 'safe'],
    ['proven longer ago', { lastProof: proof(ago(30 * DAY_MS + MINUTE_MS)) }, 'at-risk', 'proof-stale'],
    ['a restored file did not match', { lastProof: proof(ago(HOUR_MS), 1) }, 'failing', 'damaged'],
  ])('%s', (_title, facts, state, code) => {
    expect(verdict(facts)).toMatchObject({ state, code })
  })

  test('a vault that is nearly full puts a plan at risk, less than a run that failed, more than an old proof', () => {
    const room = '9 GB of 100 GB are free'
    expect(verdict({ room })).toMatchObject({ state: 'at-risk', code: 'nearly-full' })
    expect(verdict({ room }).sentence).toBe('The vault of Photos is nearly full: 9 GB of 100 GB are free.')
    expect(verdict({ room, lastRuns: [run('failed')] }).code).toBe('last-failed')
    expect(verdict({ room, lastProof: undefined }).code).toBe('nearly-full')
  })

  test('a machine that would not start Holdfast again is the least of what puts a plan at risk', () => {
    const alone = verdict({ startsWithMachine: false })
    expect(alone).toMatchObject({ state: 'at-risk', code: 'no-service' })
    expect(alone.sentence).toMatch(/^After a restart of this machine nothing backs up/)
    expect(verdict({ startsWithMachine: undefined })).toMatchObject({ state: 'protected' })
    expect(verdict({ startsWithMachine: true })).toMatchObject({ state: 'protected' })
    expect(verdict({ startsWithMachine: false, schedule: manual })).toMatchObject({ state: 'protected' })
    expect(verdict({ startsWithMachine: false, lastProof: undefined }).code).toBe('proof-missing')
    const other = verdict({ lastProof: undefined })
    expect(worstProtection([alone, other])).toBe(other)
    expect(worstProtection([alone, verdict({})])).toBe(alone)
    const never = verdict({ lastSnapshotAt: undefined, lastRuns: [], lastProof: undefined })
    expect(worstProtection([never, alone])).toBe(alone)
  })

  test('a hook that failed is told by its own sentence, not as files that could not be read', () => {
    expect(verdict({ lastRuns: [run('incomplete', 'HOOK_FAILED')] })).toMatchObject({
      ...{ state: 'at-risk', code: 'last-incomplete', sentence: expect.stringContaining('It broke.') },
    })
  })

  test('a mismatch is not hidden by a smaller trouble', () => {
    const facts = {
      lastProof: proof(ago(HOUR_MS), 1),
      lastRuns: [run('incomplete')],
      lastSnapshotAt: ago(2 * DAY_MS),
    }
    expect(verdict(facts)).toMatchObject({ state: 'failing', code: 'damaged' })
  })
})

describe('by its second copies', () => {
  const copyOf = (completeAt: Date | undefined) => ({ copies: [{ place: 'nas:copy', completeAt }] })

  test('a copy that was never whole, or that is older than the schedule allows, puts a plan at risk', () => {
    expect(verdict(copyOf(undefined))).toMatchObject({ state: 'at-risk', code: 'copy-behind' })
    expect(verdict(copyOf(ago(10 * DAY_MS)))).toMatchObject({ state: 'at-risk', code: 'copy-behind' })
    expect(verdict(copyOf(ago(10 * DAY_MS))).sentence).toContain('nas:copy is behind: it was made')
  })

  test('a copy that has the newest snapshot, or may still get it in time, is none', () => {
    expect(verdict({ ...copyOf(NOW), lastSnapshotAt: ago(HOUR_MS) })).toMatchObject({ code: 'safe' })
    expect(verdict(copyOf(ago(2 * HOUR_MS)))).toMatchObject({ code: 'safe' })
  })
})

describe('by its sign-in', () => {
  const ends = (inMs: number) => ({ kind: 'ends', remote: 'drive', at: ago(-inMs) }) as const
  const sentenceOf = (facts: Partial<PlanFacts>) => verdict(facts).sentence

  test('one that was refused puts the plan at risk and names the remote', () => {
    const facts = { signIn: { kind: 'refused', remote: 'drive' } } as const
    expect(verdict(facts)).toMatchObject({ state: 'at-risk', code: 'sign-in' })
    expect(sentenceOf(facts)).toBe('Photos is not let in to “drive” any more. Last safe copy 1 hour ago.')
    expect(verdict({ ...facts, lastRuns: [run('failed', 'REMOTE_DENIED')] }).code).toBe('sign-in')
    expect(verdict({ ...facts, lastRuns: [run('failed'), run('failed')] }).state).toBe('failing')
  })

  test('one that can not renew itself is said a week before it ends', () => {
    expect(verdict({ signIn: ends(7 * DAY_MS + MINUTE_MS) }).state).toBe('protected')
    expect(verdict({ signIn: ends(7 * DAY_MS) })).toMatchObject({ state: 'at-risk', code: 'sign-in' })
    expect(sentenceOf({ signIn: ends(2 * DAY_MS) })).toMatch(
      /^The sign-in of Photos to “drive” ends in 2 d\./,
    )
    expect(sentenceOf({ signIn: ends(0) })).toMatch(/^The sign-in of Photos to “drive” has ended\./)
  })
})

describe('in words', () => {
  test('says that it is safe, since when, and when that was proven', () => {
    const facts = { lastSnapshotAt: ago(12 * MINUTE_MS), lastProof: proof(ago(DAY_MS)) }
    expect(verdict(facts).sentence).toBe(
      'Photos is safe. Last backup 12 minutes ago, proven restorable yesterday.',
    )
  })

  test('does not say the same time twice', () => {
    const facts = { lastSnapshotAt: ago(0), lastProof: proof(ago(0)) }
    expect(verdict(facts).sentence).toBe('Photos is safe. Last backup just now, and proven restorable.')
  })
})

describe('worstProtection', () => {
  const safe = verdict({})
  const late = verdict({ lastSnapshotAt: ago(2 * DAY_MS) })
  const broken = verdict({ lastRuns: [run('failed'), run('failed')] })
  const fresh = verdict({ lastSnapshotAt: undefined, lastRuns: [] })

  test.each([
    ['failing beats all', [safe, fresh, late, broken], broken],
    ['at risk beats unknown', [fresh, safe, late], late],
    ['unknown beats protected', [safe, fresh], fresh],
    ['protected when all are', [safe], safe],
  ])('%s', (_title, verdicts, expected) => {
    expect(worstProtection(verdicts)).toEqual(expected)
  })

  test('is unknown when there is no plan', () => {
    expect(worstProtection([])).toMatchObject({ state: 'unknown', code: 'no-plan' })
  })
})

describe('needsProof', () => {
  const at = new Date('2026-11-01T12:00:00Z')
  const proof = { kind: 'first-file', at, files: 3, bytes: 9, mismatches: 0 } as const
  const later = (ms: number) => new Date(at.getTime() + ms)

  test('a plan without a proof, or with a bad one, is proven at the next good run', () => {
    expect(needsProof(undefined, at)).toBe(true)
    expect(needsProof({ ...proof, mismatches: 1 }, at)).toBe(true)
  })
  test('a proof is made anew after a week, long before it goes stale', () => {
    expect(needsProof(proof, later(7 * DAY_MS - 1))).toBe(false)
    expect(needsProof(proof, later(7 * DAY_MS))).toBe(true)
  })
})

test('a plan for when the machine is on is not overdue because it was off', () => {
  const schedule: Schedule = { kind: 'when-on', every: 'day', timeZone: 'UTC' }
  const facts = { schedule, lastSnapshotAt: ago(20 * DAY_MS), lastProof: proof(ago(20 * DAY_MS)) }
  expect(verdict({ ...facts, onSince: ago(10 * MINUTE_MS) }).state).toBe('protected')
  expect(verdict({ ...facts, onSince: ago(6 * HOUR_MS) })).toMatchObject({ code: 'overdue' })
  expect(verdict({ ...facts, onSince: ago(4 * DAY_MS) })).toMatchObject({ code: 'long-overdue' })
})

test('a run that a random delay holds back is not late', () => {
  const schedule: Schedule = { kind: 'cron', cron: '0 * * * *', timeZone: 'UTC' }
  const lastSnapshotAt = ago(150 * MINUTE_MS)
  expect(verdict({ schedule, lastSnapshotAt })).toMatchObject({ code: 'overdue' })
  expect(verdict({ schedule: { ...schedule, randomDelayMinutes: 60 }, lastSnapshotAt }).state).toBe(
    'protected',
  )
})
