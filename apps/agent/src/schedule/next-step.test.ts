import { describe, expect, test } from 'vitest'
import { clockJumped, nextStep } from './next-step.ts'

const daily = { kind: 'cron', cron: '0 2 * * *', timeZone: 'UTC' } as const
const at = (text: string) => new Date(text)

describe('nextStep', () => {
  const cases = [
    {
      name: 'a new plan waits for its first due time',
      times: { schedule: daily, since: at('2026-11-20T12:00:00Z'), lastHandledDueAt: undefined },
      now: at('2026-11-20T12:00:01Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a machine that slept three days catches up once, for the newest missed time',
      times: {
        schedule: daily,
        since: at('2026-11-01T00:00:00Z'),
        lastHandledDueAt: at('2026-11-17T02:00:00Z'),
      },
      now: at('2026-11-20T08:00:00Z'),
      step: { kind: 'catch-up', dueAt: at('2026-11-20T02:00:00Z') },
    },
    {
      name: 'after the catch-up the next regular time is armed',
      times: {
        schedule: daily,
        since: at('2026-11-01T00:00:00Z'),
        lastHandledDueAt: at('2026-11-20T02:00:00Z'),
      },
      now: at('2026-11-20T08:00:00Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a time missed while the plan was paused is not caught up',
      times: {
        schedule: daily,
        since: at('2026-11-20T03:00:00Z'),
        lastHandledDueAt: at('2026-11-17T02:00:00Z'),
      },
      now: at('2026-11-20T08:00:00Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a clock set back does not ring for a time that was handled',
      times: {
        schedule: daily,
        since: at('2026-11-01T00:00:00Z'),
        lastHandledDueAt: at('2026-11-20T02:00:00Z'),
      },
      now: at('2026-11-18T08:00:00Z'),
      step: { kind: 'arm', dueAt: at('2026-11-21T02:00:00Z') },
    },
    {
      name: 'a manual plan has nothing to wait for',
      times: {
        schedule: { kind: 'manual' } as const,
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
