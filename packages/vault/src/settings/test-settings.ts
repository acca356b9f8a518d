import { MachineSettings } from '@holdfast/domain'
import type { HistoryLine } from './history.ts'

/** Settings with a secret in every place that may hold one. */
export function testSettings(machine = 'laptop'): MachineSettings {
  const vault = {
    ...{ id: 'f'.repeat(32), name: 'nas', encrypted: true },
    place: { kind: 'remote', remote: 'nas', path: 'backup' },
  }
  return MachineSettings.parse({
    machine,
    plans: [
      {
        ...{ id: 'photos', name: 'Photos', paused: false, createdAt: '2026-11-22T12:00:00.000Z', vault },
        sources: [{ path: '/home/ada', excludes: ['*.tmp'] }],
        schedule: { kind: 'manual' },
      },
    ],
    vaults: [vault],
    remotes: { nas: { type: 'sftp', pass: 'canary-one' } },
    notifications: { password: 'canary-two' },
  })
}

/** Lines of runs and audit entries with these numbers, both ends included. */
export function testLines(
  runs: [number, number],
  audit: [number, number],
  value = 'as stored',
): HistoryLine[] {
  const of = (kind: HistoryLine['kind'], [from, to]: [number, number]) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({ kind, seq: from + i, value }))
  return [...of('run', runs), ...of('audit', audit)]
}
