import {
  type BackupSummary,
  type LogLevel,
  noProgress,
  type Phase,
  type Progress,
  type Skipped,
} from '@holdfast/domain'
import type { BackupEvent } from './backup.ts'
import type { Clock, EntryStat } from './ports.ts'
import { type BytePath, fromBytePath } from './scan/path-order.ts'
import { pathToText } from './scan/path-text.ts'

/** Counts a run and tells its progress, at most every PROGRESS_MS. */
export type RunTally = {
  phase(phase: Phase): void
  expect(files: number, bytes: number): void
  entry(stat: EntryStat): void
  unchangedFile(size: number): void
  settledFile(known: boolean, size: number): void
  skipped(path: BytePath, reason: string): void
  reading(path: BytePath): void
  read(bytes: number): void
  stored(bytes: number): void
  log(level: LogLevel, text: string): void
  /** Sends progress when it is time; true when it did. */
  tick(): boolean
  counts(): RunCounts
}

export type RunCounts = Omit<BackupSummary, 'snapshot' | 'durationMs' | 'suspect'> & { readonly dirs: number }

const PROGRESS_MS = 200
/** Rates are averaged over this long. */
const RATE_MS = 5000
const NAMED_SKIPS = 1000

export function createRunTally(clock: Clock, emit: (event: BackupEvent) => void): RunTally {
  let progress: Progress = noProgress()
  const inFlight: BytePath[] = []
  const skips: Skipped[] = []
  let dirs = 0
  let skippedFiles = 0
  let nextTickMs = 0
  let samples: { atMs: number; stored: number; done: number }[] = []

  const change = (by: Partial<Progress>): void => {
    progress = { ...progress, ...by }
  }
  const fileDone = (size: number): void => {
    progress.filesDone += 1
    progress.bytesDone += size
  }

  function send(nowMs: number): void {
    samples = [
      ...samples.filter((sample) => nowMs - sample.atMs < RATE_MS),
      { atMs: nowMs, stored: progress.bytesStored, done: progress.bytesDone },
    ]
    const first = samples[0] ?? { atMs: nowMs, stored: 0, done: 0 }
    const seconds = Math.max(0.2, (nowMs - first.atMs) / 1000)
    const doneRate = (progress.bytesDone - first.done) / seconds
    const left = progress.bytesTotal === null ? null : Math.max(0, progress.bytesTotal - progress.bytesDone)
    change({
      bytesPerSecond: Math.round((progress.bytesStored - first.stored) / seconds),
      etaSeconds: left === null || doneRate <= 0 ? null : Math.round(left / doneRate),
      inFlight: inFlight.slice(-8).reverse().map(textOf),
    })
    emit({ type: 'progress', progress: { ...progress } })
  }

  return {
    phase(phase) {
      change({ phase })
      send(clock.nowMs())
    },
    expect: (filesTotal, bytesTotal) => change({ filesTotal, bytesTotal }),
    entry(stat) {
      if (stat.kind === 'dir') dirs += 1
    },
    unchangedFile(size) {
      progress.filesUnchanged += 1
      fileDone(size)
    },
    settledFile(known, size) {
      if (known) progress.filesChanged += 1
      else progress.filesNew += 1
      fileDone(size)
    },
    skipped(path, reason) {
      skippedFiles += 1
      const text = textOf(path)
      if (skips.length < NAMED_SKIPS) skips.push({ path: text, reason })
      emit({ type: 'skipped', path: text, reason })
    },
    reading(path) {
      inFlight.push(path)
      if (inFlight.length > 64) inFlight.splice(0, 56)
    },
    read(bytes) {
      progress.bytesRead += bytes
    },
    stored(bytes) {
      progress.bytesStored += bytes
    },
    log: (level, text) => emit({ type: 'log', level, text }),
    tick() {
      const nowMs = clock.nowMs()
      if (nowMs < nextTickMs && nextTickMs - nowMs <= PROGRESS_MS) return false
      nextTickMs = nowMs + PROGRESS_MS
      send(nowMs)
      return true
    },
    counts: () => ({
      outcome: skippedFiles > 0 ? 'incomplete' : 'complete',
      filesNew: progress.filesNew,
      filesChanged: progress.filesChanged,
      filesUnchanged: progress.filesUnchanged,
      filesSkipped: skippedFiles,
      files: progress.filesDone,
      bytes: progress.bytesDone,
      bytesRead: progress.bytesRead,
      bytesStored: progress.bytesStored,
      skipped: skips,
      dirs,
    }),
  }
}

function textOf(path: BytePath): string {
  return pathToText(fromBytePath(path))
}
