import { formatBytes } from '@holdfast/domain'
import type { AgentClient } from './agent/agent-client.ts'
import { localTime } from './local-time.ts'
import { tableOf } from './table.ts'

type Recover = AgentClient['recover']
type Found = Extract<Awaited<ReturnType<Recover['open']['mutate']>>, { kind: 'open' }>
type Recovered = Awaited<ReturnType<Recover['bring']['mutate']>>
type Data = Awaited<ReturnType<Recover['data']['query']>>
/** How the restore of one stage of a plan ended. */
export type RestoredStage = {
  readonly plan: string
  readonly stage: string
  readonly state: string
  readonly files: number
  readonly bytes: number
  readonly skipped: number
  readonly problem: string | null
}

/** The machines of a vault, numbered. */
export function machineLines(machines: Found['machines']): string[] {
  const rows = machines.map(({ machine, writer, newest, snapshots, plans }, i) => [
    String(i + 1),
    machine,
    writer,
    newest === null ? 'no backup' : localTime(new Date(newest.at)),
    newest === null ? '' : `${newest.files} files, ${formatBytes(newest.bytes)}`,
    String(snapshots),
    plans.map(({ name }) => name).join(', '),
  ])
  return tableOf(['', 'machine', 'id', 'last backup', 'holds', 'backups', 'plans'], rows)
}

export function recoveredLines({ machine, how, plans, runs, newerRuns, auditEntries }: Recovered): string[] {
  return [
    `${machine} is back${how === 'take-over' ? '' : ', to be read'}: ${plans.length} plans, ${runs} runs, ${auditEntries} entries of the audit trail.`,
    ...(newerRuns > 0 ? [`  ${newerRuns} of the runs are known by their snapshots only.`] : []),
    ...plans.map(({ name, sources }) => `  ${name}: ${sources.join(', ')}`),
  ]
}

/** What would come back, and where to. */
export function dataLines(data: Data): string[] {
  return data.flatMap(({ name, at, files, bytes, stages, sources }) => [
    `${name} of ${localTime(new Date(at))}: ${files} files, ${formatBytes(bytes)}; ${stages.map(({ stage }) => stage).join(', then ')}`,
    ...sources.map(({ was, here }) => `  ${was} -> ${here ?? '(no place here)'}`),
  ])
}

export function restoredLines(restored: readonly RestoredStage[]): string[] {
  return restored.map(
    ({ plan, stage, state, files, bytes, skipped, problem }) =>
      `${plan}, ${stage}: ${state}, ${files} files, ${formatBytes(bytes)}${skipped === 0 ? '' : `, ${skipped} left out`}${problem === null ? '' : `. ${problem}`}`,
  )
}
