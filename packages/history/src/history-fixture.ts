import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BackupSummary, Plan, RunId, SnapshotId } from '@holdfast/domain'
import { type History, openHistory } from './open-history.ts'
import type { NewRun, RunEnd } from './runs.ts'

export const NOON = new Date('2026-11-22T12:00:00.000Z')

/** For tests: a folder of its own, gone at the end. */
export async function testFolder(): Promise<
  AsyncDisposable & { readonly path: string; readonly file: string }
> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast history #1 50% '))
  return {
    path,
    file: join(path, 'history.db'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** For tests: an open history in a folder of its own, with `plans` plans, made when `NOON` was. */
export async function testHistory(
  plans: readonly Plan[] = [testPlan()],
): Promise<History & { readonly file: string }> {
  const folder = await testFolder()
  const history = await openHistory({ file: folder.file, clock: { nowMs: () => NOON.getTime() } })
  for (const plan of plans) await history.plans.create(plan)
  return {
    ...history,
    file: folder.file,
    async [Symbol.asyncDispose]() {
      await history[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export function testPlan(name = 'photos', vault = '0'): Plan {
  return Plan.parse({
    id: name,
    name: `The ${name}`,
    sources: [
      { path: `/home/ada/${name}`, excludes: ['*.tmp', '/cache/'] },
      { path: '/etc', excludes: [] },
    ],
    vault: {
      id: vault.repeat(32),
      name: 'nas',
      place: { kind: 'remote', remote: 'nas', path: 'backup/vault' },
      encrypted: true,
    },
    schedule: { kind: 'cron', cron: '0 2 * * *', timeZone: 'Europe/Berlin' },
    paused: false,
    createdAt: NOON,
  })
}

export function testRun(id: string, facts: Partial<NewRun> = {}): NewRun {
  return { id: RunId.parse(id), planId: testPlan().id, trigger: 'schedule', queuedAt: NOON, ...facts }
}

export function testSummary(seq = 12): BackupSummary {
  return {
    outcome: 'complete',
    snapshot: SnapshotId.parse(`3fa9c2d1-${seq}`),
    ...{ filesNew: 1, filesChanged: 2, filesUnchanged: 3, filesSkipped: 1, files: 6 },
    ...{ bytes: 7e12, bytesRead: 4096, bytesStored: 5e12, durationMs: 1234 },
    suspect: null,
    skipped: [{ path: '/etc/shadow', reason: 'permission denied' }],
  }
}

export function testEnd(facts: Partial<RunEnd> = {}): RunEnd {
  return {
    outcome: 'complete',
    summary: testSummary(),
    reason: null,
    proof: null,
    finishedAt: NOON,
    ...facts,
  }
}
