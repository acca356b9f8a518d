import { PlanOptions } from '@holdfast/domain'
import { expect, test } from 'vitest'
import {
  heardWithLine,
  homeWithProgress,
  homeWithRun,
  runWithProgress,
  samplesWithRate,
} from './apply-event.ts'
import type { FinishedRun, Home, LogLine, Progress, RunningRun } from './types.ts'

test('a run that starts appears on its plan card only', () => {
  const home = homeWithRun(homeOf(['p1', 'p2']), running('r1', 'p2'))
  expect(home.plans.map((card) => card.running?.id)).toEqual([undefined, 'r1'])
  expect(home.recentRuns).toEqual([])
})

test('a run that ends leaves its card, becomes the last run and leads the recent ones', () => {
  const before = homeWithRun(homeOf(['p1']), running('r1', 'p1'))
  const home = homeWithRun(before, finished('r1', 'p1'))
  expect(home.plans[0]).not.toHaveProperty('running')
  expect(home.plans[0]?.lastRun?.id).toBe('r1')
  expect(home.recentRuns.map((run) => run.id)).toEqual(['r1'])
})

test('a run told twice stands once among the recent runs, and only five are kept', () => {
  const ids = ['r1', 'r2', 'r3', 'r3', 'r4', 'r5', 'r6']
  const home = ids.reduce((now, id) => homeWithRun(now, finished(id, 'p1')), homeOf(['p1']))
  expect(home.recentRuns.map((run) => run.id)).toEqual(['r6', 'r5', 'r4', 'r3', 'r2'])
})

test('a run of an unknown plan changes no card', () => {
  const home = homeOf(['p1'])
  expect(homeWithRun(home, running('r1', 'p9')).plans).toEqual(home.plans)
})

test('progress reaches the card of the run it belongs to, and no other home', () => {
  const home = homeWithRun(homeOf(['p1', 'p2']), running('r1', 'p1'))
  const moved = homeWithProgress(home, 'r1', progress({ filesDone: 7 }))
  expect(moved.plans[0]?.running).toMatchObject({ progress: { filesDone: 7 } })
  expect(moved.plans[1]).toBe(home.plans[1])
  expect(homeWithProgress(home, 'r2', progress({ filesDone: 7 }))).toBe(home)
})

test('late progress does not wake a finished run', () => {
  const run = finished('r1', 'p1')
  expect(runWithProgress(run, progress({ filesDone: 7 }))).toBe(run)
})

test('progress of a queued run makes it a running one', () => {
  const { state: _, startedAt: __, progress: ___, ...common } = running('r1', 'p1')
  expect(runWithProgress({ ...common, state: 'queued' }, progress({}))).toMatchObject({ state: 'running' })
})

test('of what was heard of a log the newest lines are kept', () => {
  const line = (n: number): LogLine => ({ at: '2026-11-22T14:00:00.000Z', level: 'info', text: `${n}` })
  let heard: LogLine[] = []
  for (let n = 0; n < 5003; n += 1) heard = heardWithLine(heard, line(n))
  expect([heard.length, heard[0], heard.at(-1)]).toEqual([5001, line(2), line(5002)])
})

test('rates within one second make one sample, so that two minutes stay two minutes', () => {
  const at = (atMs: number, bytesPerSecond: number) => ({ atMs, bytesPerSecond })
  const one = samplesWithRate(samplesWithRate([], at(1000, 5)), at(1250, 9))
  expect(one).toEqual([at(1000, 9)])
  expect(samplesWithRate(one, at(2100, 4))).toEqual([at(1000, 9), at(2100, 4)])
})

function homeOf(planIds: readonly string[]): Home {
  const plans = planIds.map((id) => ({
    plan: {
      id: id as Home['plans'][number]['plan']['id'],
      name: id,
      sources: [{ path: '/home/ada', excludes: [] }],
      vault: {
        id: 'a'.repeat(32) as Home['plans'][number]['plan']['vault']['id'],
        name: 'Attic',
        place: { kind: 'folder' as const, path: '/mnt/attic' },
        encrypted: true,
      },
      schedule: { kind: 'manual' as const },
      paused: false,
      options: PlanOptions.parse({}),
      createdAt: '2026-11-01T00:00:00.000Z',
    },
    protection: { state: 'unknown' as const, code: 'never-ran' as const, sentence: '' },
    copies: [],
    strip: [],
  }))
  return {
    machine: 'atlas',
    agentVersion: '0.1.0',
    now: '2026-11-22T14:00:00.000Z',
    verdict: { state: 'unknown', code: 'never-ran', sentence: '' },
    plans,
    recentRuns: [],
    notices: [],
  }
}

function running(id: string, planId: string): RunningRun {
  return {
    id: id as RunningRun['id'],
    planId: planId as RunningRun['planId'],
    trigger: 'device',
    queuedAt: '2026-11-22T13:59:00.000Z',
    state: 'running',
    startedAt: '2026-11-22T13:59:00.000Z',
    progress: progress({}),
  }
}

function finished(id: string, planId: string): FinishedRun {
  const { progress: _, ...run } = running(id, planId)
  return {
    ...run,
    state: 'finished',
    finishedAt: '2026-11-22T14:00:00.000Z',
    outcome: 'complete',
    summary: null,
    reason: null,
    proof: null,
  }
}

function progress(part: Partial<Progress>): Progress {
  return {
    phase: 'scanning',
    filesDone: 0,
    filesTotal: null,
    bytesDone: 0,
    bytesTotal: null,
    filesNew: 0,
    filesChanged: 0,
    filesUnchanged: 0,
    bytesRead: 0,
    bytesStored: 0,
    bytesPerSecond: 0,
    etaSeconds: null,
    inFlight: [],
    ...part,
  }
}
