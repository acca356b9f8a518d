import { assertNever, formatBytes } from '@holdfast/domain'
import { listSnapshots, type SnapshotInfo } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { rememberSeen } from '../remember-seen.ts'
import { tableOf } from '../table.ts'

/**
 * `holdfast snapshots --from DEST`: newest first; what unfinished runs stored, and what a prune is going to delete, only
 * with --all.
 */
export async function snapshots(
  { settings, output }: Call,
  options: VaultOptions & { from: string; all?: boolean },
): Promise<ExitCode> {
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const stored = await listSnapshots(opened.vault, opened.env, { all: true })
  await rememberSeen(opened, output, stored)
  const found = stored.filter((one) => options.all === true || isPlain(one))
  if (found.length < stored.length)
    output.note(`${stored.length - found.length} unfinished or to be deleted are not shown; --all does.`)
  const rows = found.map((s) => [
    s.id,
    localTime(s.time),
    s.machine,
    s.plan ?? '',
    outcomeOf(s),
    String(s.files),
    formatBytes(s.bytes),
    [...s.labels, ...(s.tag === null ? [] : [`#${s.tag}`])].join(', '),
  ])
  const header = ['snapshot', 'time', 'machine', 'plan', 'outcome', 'files', 'size', 'holds']
  output.answer(
    found.map(({ writer: _, seq: __, ...shown }) => shown),
    rows.length === 0 ? ['The vault holds no snapshot yet.'] : tableOf(header, rows, [5, 6]),
  )
  return EXIT.ok
}

function isPlain({ kind, state }: SnapshotInfo): boolean {
  return kind === 'run' && state === 'kept'
}

function outcomeOf({ kind, state, outcome, deleteAfter }: SnapshotInfo): string {
  const word = kind === 'checkpoint' ? 'unfinished' : outcome
  switch (state) {
    case 'kept':
      return word
    case 'superseded':
      return `${word}, finished later`
    case 'doomed':
      return deleteAfter === null
        ? `${word}, to be deleted`
        : `${word}, to be deleted after ${localTime(deleteAfter)}`
    default:
      return assertNever(state)
  }
}
