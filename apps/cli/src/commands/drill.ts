import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import { formatAge, formatBytes, formatDuration, HoldfastError } from '@holdfast/domain'
import { createSourceTree, createTargetTree, type RecordedProof } from '@holdfast/host'
import { type DrillSummary, drill as drillVault, listSnapshots, type SnapshotInfo } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Output } from '../output.ts'
import { makeRunFolder } from '../place/run-folder.ts'
import type { Call } from '../program.ts'
import { rememberSeen } from '../remember-seen.ts'
import { parseSnapshot } from '../snapshot-option.ts'
import { drillPlan } from './drill-plan.ts'

type DrillOptions = VaultOptions & { from?: string; plan?: string; snapshot: string; sample: number }

/** Left free on the home's disk. */
const MARGIN_BYTES = 64 * 1024 * 1024

/**
 * `holdfast drill --from DEST`: restores a sample into a scratch folder of the home, which is removed however the
 * command ends, and compares it; exit 1 when something did not come back as it was. The proof is kept in the home.
 */
export async function drill({ settings, output }: Call, options: DrillOptions): Promise<ExitCode> {
  if (options.plan !== undefined) return await drillPlan({ settings, output }, options.plan)
  if (options.from === undefined)
    throw new HoldfastError('USAGE', 'Of which vault? Give --from DEST, or --plan PLAN.')
  const asked = parseSnapshot(options.snapshot)
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const { vault, env, home } = opened
  const listed = await listSnapshots(vault, env, { all: true })
  const snapshot = chosen(listed, asked)
  const lastProof = home.lastProof(vault.id)
  if (!output.json) output.note(lastProofLine(lastProof, env.clock.nowMs()))

  await using scratch = await makeRunFolder(join(home.dir, 'scratch'))
  const request = { snapshot: snapshot.id, sample: options.sample, roomBytes: roomAt(scratch.path) }
  const events = drillVault(vault, request, {
    ...env,
    // Another machine's files may lie at the same paths here, and be others.
    source: snapshot.writer === home.writer ? createSourceTree() : undefined,
    target: createTargetTree(scratch.path),
  })
  let summary: DrillSummary | undefined
  for await (const event of events) {
    if (event.type === 'finished') summary = event.summary
    else
      output.progress(
        event,
        `drill: ${event.filesDone} of ${event.filesTotal} files, ${formatBytes(event.bytesDone)}`,
      )
  }
  if (summary === undefined) throw new HoldfastError('INTERNAL', 'The drill ended without a result.')
  const { files, bytes, mismatches } = summary
  home.recordProof(vault.id, {
    ...{ kind: 'drill', at: new Date(env.clock.nowMs()), files, bytes },
    ...{ mismatches: mismatches.length, snapshot: summary.snapshot },
  })
  await rememberSeen(opened, output, listed)
  output.answer({ ...summary, lastProof: lastProof ?? null }, linesOf(summary, output))
  return mismatches.length === 0 ? EXIT.ok : EXIT.failed
}

function chosen(listed: readonly SnapshotInfo[], asked: SnapshotInfo['id'] | 'latest'): SnapshotInfo {
  const found =
    asked === 'latest'
      ? listed.find(({ kind, state }) => kind === 'run' && state === 'kept')
      : listed.find(({ id }) => id === asked)
  if (found !== undefined) return found
  throw new HoldfastError(
    'SNAPSHOT_UNKNOWN',
    asked === 'latest' ? 'The vault holds no snapshot yet.' : `The vault holds no snapshot ${asked}.`,
  )
}

function roomAt(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return Math.max(0, bavail * bsize - MARGIN_BYTES)
}

function lastProofLine(proof: RecordedProof | undefined, nowMs: number): string {
  if (proof === undefined) return 'This home has not proven this vault restorable before.'
  const { at, files, bytes, mismatches } = proof
  const what = `${files} files, ${formatBytes(bytes)}`
  const result = mismatches === 0 ? 'all came back' : `${mismatches} did not come back as they were`
  return `The last drill was ${formatAge(nowMs - at.getTime())}: ${what}, ${result}.`
}

function linesOf(summary: DrillSummary, output: Output): string[] {
  const { snapshot, files, bytes, compared, mismatches, durationMs, bytesPerSecond, everythingMs } = summary
  const verdict =
    mismatches.length === 0
      ? output.bold(`Snapshot ${snapshot} is proven restorable.`)
      : output.bold(`${mismatches.length} files of ${snapshot} did not come back as they were.`)
  return [
    verdict,
    `  ${files} files, ${formatBytes(bytes)} in ${formatDuration(durationMs)} (${formatBytes(bytesPerSecond)}/s); ${compared} compared with the live files, the others with their hashes`,
    `  At this rate everything takes ${formatDuration(everythingMs)}.`,
    ...mismatches.map(({ path, reason }) => `  ${path}: ${reason}`),
  ]
}
