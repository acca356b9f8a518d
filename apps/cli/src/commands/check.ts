import { formatBytes, GIB, HoldfastError, KIB, MIB } from '@holdfast/domain'
import { type CheckSummary, check as checkVault, type ReadScope } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { rememberSeen } from '../remember-seen.ts'

/** `holdfast check --from DEST [--read SCOPE]`: exit 1 when something that a snapshot needs is damaged. */
export async function check(
  { settings, output }: Call,
  options: VaultOptions & { from: string; read?: string },
): Promise<ExitCode> {
  const read = parseScope(options.read)
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const known = opened.home.lastSeqs(opened.vault.id)
  let summary: CheckSummary | undefined
  for await (const event of checkVault(opened.vault, { read, known }, opened.env)) {
    if (event.type === 'finished') summary = event.summary
    else
      output.progress(
        event,
        `checking: ${event.objectsDone} of ${event.objectsTotal} objects, ${formatBytes(event.bytesRead)} read`,
      )
  }
  if (summary === undefined) throw new HoldfastError('INTERNAL', 'The check ended without a result.')
  await rememberSeen(opened, output)
  output.answer(summary, linesOf(summary, read))
  return summary.ok ? EXIT.ok : EXIT.failed
}

function linesOf(
  { ok, objects, bytesRead, damaged, garbage, waiting }: CheckSummary,
  read: ReadScope,
): string[] {
  const extent =
    read.kind === 'none'
      ? 'The bytes were not read; --read all does.'
      : `${formatBytes(bytesRead)} were read.`
  return [
    ok
      ? `The vault is whole: ${objects} objects. ${extent}`
      : `The vault is damaged: ${damaged.length} of ${objects} objects.`,
    ...damaged.flatMap(({ object, kind, reason, affects }) => [
      `  ${object} (${kind}): ${reason}`,
      ...affects.map(({ snapshot, path }) => `    hits ${path === '' ? 'all' : path} in ${snapshot}`),
    ]),
    ...(waiting.length === 0 ? [] : [`  ${waiting.length} packs are waiting to be deleted by a prune.`]),
    ...(garbage.length === 0 ? [] : [`  ${garbage.length} objects belong to no snapshot; they do no harm.`]),
  ]
}

/** `all`, `10%`, `2GiB` (and KiB, MiB, GB …). USAGE for anything else. */
export function parseScope(text: string | undefined): ReadScope {
  if (text === undefined) return { kind: 'none' }
  if (text === 'all') return { kind: 'all' }
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*(%|[kmgt]?i?b?)$/i.exec(text)
  const amount = Number(match?.[1])
  const unit = match?.[2]?.toLowerCase()
  if (unit === '%' && amount > 0 && amount <= 100) return { kind: 'share', percent: amount }
  const size = unit === undefined ? undefined : UNITS[unit]
  if (size !== undefined && amount > 0) return { kind: 'budget', bytes: Math.ceil(amount * size) }
  throw new HoldfastError(
    'USAGE',
    `"${text}" is no amount to read: all, a share such as 10%, or an amount such as 2GiB.`,
  )
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ b: 1, k: KIB, kib: KIB, kb: 1e3, m: MIB, mib: MIB, mb: 1e6 },
  ...{ g: GIB, gib: GIB, gb: 1e9, t: 1024 * GIB, tib: 1024 * GIB, tb: 1e12 },
}
