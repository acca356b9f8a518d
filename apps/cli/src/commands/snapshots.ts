import { formatBytes } from '@holdfast/domain'
import { listSnapshots } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** `holdfast snapshots --from DEST`: newest first; the checkpoints that a long run left on its way only with --all. */
export async function snapshots(
  { settings, output }: Call,
  options: VaultOptions & { from: string; all?: boolean },
): Promise<ExitCode> {
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const stored = await listSnapshots(opened.vault, opened.env)
  const found = stored.filter(({ kind }) => kind === 'run' || options.all === true)
  if (found.length < stored.length)
    output.note(`${stored.length - found.length} checkpoints are not shown; --all does.`)
  const rows = found.map((s) => [
    s.id,
    localTime(s.time),
    s.machine,
    s.plan ?? '',
    s.kind === 'checkpoint' ? 'checkpoint' : s.outcome,
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
