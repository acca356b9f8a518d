import type { Home, LogLine, PlanCard, Progress, Run } from './types.ts'

/** What the charts draw: bytes per second at a moment. */
export type RateSample = { readonly atMs: number; readonly bytesPerSecond: number }

const RECENT_RUNS = 5
/** A run's whole log: the agent keeps no more lines of one. */
const LOG_LINES_KEPT = 5001
const SAMPLES_KEPT = 120

/**
 * The home status after a run changed: its plan's card, and the recent runs. The verdict stays: only the agent
 * decides it, and is asked again when a run ends.
 */
export function homeWithRun(home: Home, run: Run): Home {
  return {
    ...home,
    plans: home.plans.map((card) => (card.plan.id === run.planId ? cardWithRun(card, run) : card)),
    recentRuns:
      run.state === 'finished' ? withRun(home.recentRuns, run).slice(0, RECENT_RUNS) : home.recentRuns,
  }
}

/** The home status with the counters of a running backup; unchanged when that run is not on it. */
export function homeWithProgress(home: Home, runId: string, progress: Progress): Home {
  if (!home.plans.some((card) => card.running?.id === runId)) return home
  return {
    ...home,
    plans: home.plans.map((card) =>
      card.running?.id === runId ? { ...card, running: runWithProgress(card.running, progress) } : card,
    ),
  }
}

/** The run with new counters. A finished run keeps what it ended with: a late event can't wake it. */
export function runWithProgress(run: Run, progress: Progress): Run {
  switch (run.state) {
    case 'queued':
      return { ...run, state: 'running', startedAt: run.queuedAt, progress }
    case 'running':
      return { ...run, progress }
    case 'finished':
      return run
  }
}

/** What was heard of a log with one more line, the oldest let go. */
export function heardWithLine(lines: readonly LogLine[], line: LogLine): LogLine[] {
  return [...lines, line].slice(-LOG_LINES_KEPT)
}

/** The samples with the newest rate, at most one a second. */
export function samplesWithRate(samples: readonly RateSample[], sample: RateSample): RateSample[] {
  const last = samples.at(-1)
  const kept = last !== undefined && sample.atMs - last.atMs < 1000 ? samples.slice(0, -1) : samples
  const atMs = kept.length < samples.length && last !== undefined ? last.atMs : sample.atMs
  return [...kept, { ...sample, atMs }].slice(-SAMPLES_KEPT)
}

function cardWithRun(card: PlanCard, run: Run): PlanCard {
  if (run.state !== 'finished') {
    return card.running?.id === run.id || card.running === undefined ? { ...card, running: run } : card
  }
  const { running, ...idle } = card
  return { ...(running?.id === run.id ? idle : card), lastRun: run }
}

function withRun(runs: readonly Run[], run: Run): Run[] {
  return runs.some((r) => r.id === run.id) ? runs.map((r) => (r.id === run.id ? run : r)) : [run, ...runs]
}
