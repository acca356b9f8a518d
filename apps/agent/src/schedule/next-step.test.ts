import { startOf } from '@holdfast/domain'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clockJumped, nextStep } from './next-step.ts'

const daily = { kind: 'cron', cron: '0 2 * * *', timeZone: 'UTC' } as const
const at = (text: string) => new Date(text)

describe('nextStep', () => {
  const cases = [
    {
      name: 'a new plan waits for its first due time',
      times: { schedule: daily, seed: 'p', since: at('2026-11-20T12:00:00Z'), lastHandledDueAt: undefined },
      now: at('2026-11-20T12:00:01Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z'), startAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a machine that slept three days catches up once, for the newest missed time',
      times: {
        ...{ schedule: daily, seed: 'p' },
        since: at('2026-11-01T00:00:00Z'),
        lastHandledDueAt: at('2026-11-17T02:00:00Z'),
      },
      now: at('2026-11-20T08:00:00Z'),
      step: { kind: 'catch-up', dueAt: at('2026-11-20T02:00:00Z'), startAt: at('2026-11-20T02:00:00Z') },
    },
    {
      name: 'after the catch-up the next regular time is armed',
      times: {
        ...{ schedule: daily, seed: 'p' },
        since: at('2026-11-01T00:00:00Z'),
        lastHandledDueAt: at('2026-11-20T02:00:00Z'),
      },
      now: at('2026-11-20T08:00:00Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z'), startAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a time missed while the plan was paused is not caught up',
      times: {
        ...{ schedule: daily, seed: 'p' },
        since: at('2026-11-20T03:00:00Z'),
        lastHandledDueAt: at('2026-11-17T02:00:00Z'),
      },
      now: at('2026-11-20T08:00:00Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z'), startAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a clock set back does not ring for a time that was handled',
      times: {
        ...{ schedule: daily, seed: 'p' },
        since: at('2026-11-01T00:00:00Z'),
        lastHandledDueAt: at('2026-11-20T02:00:00Z'),
      },
      now: at('2026-11-18T08:00:00Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z'), startAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a manual plan has nothing to wait for',
      times: {
        ...{ schedule: { kind: 'manual' } as const, seed: 'p' },
        since: at('2026-11-01T00:00:00Z'),
        lastHandledDueAt: undefined,
      },
      now: at('2026-11-18T08:00:00Z'),
      step: { kind: 'nothing' },
    },
  ]
  for (const { name, times, now, step } of cases)
    test(name, () => {
      expect(nextStep(times, now)).toEqual(step)
    })
})

describe('nextStep, whatever happens to the machine and its clock', () => {
  const delayed = { ...daily, randomDelayMinutes: 120 }
  const since = at('2026-11-01T00:00:00Z')

  test('waits for the random delay, also after a restart within it', () => {
    const dueAt = at('2026-11-20T02:00:00Z')
    const startAt = startOf(delayed, dueAt, 'p')
    const times = { schedule: delayed, seed: 'p', since, lastHandledDueAt: at('2026-11-19T02:00:00Z') }
    expect(startAt > dueAt).toBe(true)
    expect(nextStep(times, dueAt)).toEqual({ kind: 'arm', dueAt, startAt })
    expect(nextStep(times, new Date(startAt.getTime() - 1))).toEqual({ kind: 'arm', dueAt, startAt })
    expect(nextStep(times, startAt)).toEqual({ kind: 'catch-up', dueAt, startAt })
  })

  test('a day that was missed is not forgotten while the delay of the next one lasts', () => {
    const times = { schedule: delayed, seed: 'p', since, lastHandledDueAt: at('2026-11-18T02:00:00Z') }
    expect(nextStep(times, at('2026-11-20T02:00:00Z'))).toMatchObject({
      ...{ kind: 'catch-up', dueAt: at('2026-11-19T02:00:00Z') },
    })
  })

  test('a plan for when the machine is on runs once that day, however late it is switched on', () => {
    const schedule = { kind: 'when-on', every: 'day', timeZone: 'Europe/Berlin' } as const
    const dueAt = at('2026-11-19T23:00:00Z')
    const on = at('2026-11-20T17:31:00Z')
    const before = { schedule, seed: 'p', since, lastHandledDueAt: at('2026-11-14T23:00:00Z') }
    expect(nextStep(before, on)).toMatchObject({ kind: 'catch-up', dueAt })
    expect(nextStep({ ...before, lastHandledDueAt: dueAt }, on)).toMatchObject({
      ...{ kind: 'arm', dueAt: at('2026-11-20T23:00:00Z') },
    })
  })

  test('nothing runs twice, and what was missed runs once it can: sleeps, restarts, clocks set both ways', () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 3000 }) }),
      fc.record({ kind: fc.constant('set-back' as const), minutes: fc.integer({ min: 1, max: 3000 }) }),
      fc.constant({ kind: 'restart' as const, minutes: 0 }),
    )
    const schedules = [
      ...[daily, delayed, { ...daily, cron: '30 2 * * *', timeZone: 'Europe/Berlin' }],
      { kind: 'when-on', every: 'day', timeZone: 'America/New_York' } as const,
    ]
    fc.assert(
      fc.property(fc.constantFrom(...schedules), fc.array(act, { maxLength: 40 }), (schedule, acts) => {
        let now = at('2026-10-20T12:00:00Z')
        let lastHandledDueAt: Date | undefined
        const ran = new Set<number>()
        const start = now
        for (const { kind, minutes } of acts) {
          now = new Date(
            now.getTime() + (kind === 'pass' ? minutes : kind === 'set-back' ? -minutes : 0) * 60_000,
          )
          if (kind === 'restart') lastHandledDueAt = undefined
          const step = nextStep({ schedule, seed: 'p', since: start, lastHandledDueAt }, now)
          if (step.kind !== 'catch-up') {
            if (step.kind === 'arm') expect(step.startAt > now).toBe(true)
            continue
          }
          expect(step.startAt <= now).toBe(true)
          // The history's unique key: what has run does not run again, it is only known again.
          if (lastHandledDueAt !== undefined) expect(ran.has(step.dueAt.getTime())).toBe(false)
          ran.add(step.dueAt.getTime())
          lastHandledDueAt = step.dueAt
          const after = nextStep({ schedule, seed: 'p', since: start, lastHandledDueAt }, now)
          expect(after.kind).toBe('arm')
        }
      }),
      { numRuns: 200, seed: 7 },
    )
  })
})

describe('clockJumped', () => {
  test('a steady minute is no jump', () => {
    expect(clockJumped({ wallMs: 0, steadyMs: 0 }, { wallMs: 60_000, steadyMs: 60_100 })).toBe(false)
  })
  test('an hour asleep is a jump', () => {
    expect(clockJumped({ wallMs: 0, steadyMs: 0 }, { wallMs: 3_660_000, steadyMs: 60_000 })).toBe(true)
  })
  test('a clock set back is a jump', () => {
    expect(clockJumped({ wallMs: 1_000_000, steadyMs: 0 }, { wallMs: 0, steadyMs: 30_000 })).toBe(true)
  })
})
