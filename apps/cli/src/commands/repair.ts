import { formatBytes, HoldfastError } from '@holdfast/domain'
import { createSourceTree } from '@holdfast/host'
import { type RepairSummary, repair as repairVault } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Output } from '../output.ts'
import type { Call } from '../program.ts'

const PHASES = {
  reading: 'reading packs',
  salvaging: 'salvaging frames',
  files: 'looking through live files',
  writing: 'storing what was found',
} as const

/** `holdfast repair --from DEST [--dry-run]`: exit 1 when something is lost for good. */
export async function repair(
  { settings, output }: Call,
  options: VaultOptions & { from: string; sources: boolean; dryRun?: boolean },
): Promise<ExitCode> {
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const { vault, env, home } = opened
  const request = {
    sources: options.sources ? 'labels' : 'none',
    dryRun: options.dryRun === true,
    installation: home.installation,
  } as const
  let summary: RepairSummary | undefined
  for await (const event of repairVault(vault, request, { ...env, source: createSourceTree() })) {
    if (event.type === 'finished') summary = event.summary
    else if (event.type === 'log') output.said(event, event.text)
    else {
      const total = event.total === null ? '' : ` of ${event.total}`
      output.progress(event, `${PHASES[event.phase]}: ${event.done}${total}`)
    }
  }
  if (summary === undefined) throw new HoldfastError('INTERNAL', 'The repair ended without a result.')
  output.answer(summary, linesOf(summary, output))
  return summary.ok ? EXIT.ok : EXIT.failed
}

function linesOf(summary: RepairSummary, output: Output): string[] {
  const { ok, dryRun, rebuilt, salvaged, restored, quarantined, lost } = summary
  const isNothing = ok && quarantined.length === 0 && Object.values(rebuilt).every((count) => count === 0)
  if (isNothing) return [output.bold('The vault is whole; there is nothing to repair.')]
  const objects = rebuilt.indexes + rebuilt.packs + rebuilt.sealed + rebuilt.plain
  return [
    ...(dryRun ? [output.bold('A dry run: nothing was changed.')] : []),
    output.bold(ok ? 'The vault is whole again.' : `${lost.length} files are lost for good.`),
    `  ${salvaged.pieces} pieces (${formatBytes(salvaged.bytes)}) salvaged from damaged packs, ${restored.pieces} (${formatBytes(restored.bytes)}) taken from live files`,
    `  ${objects} objects written anew, ${quarantined.length} damaged ones set aside`,
    ...lost.map(({ snapshot, path }) =>
      path === '' ? `  lost: all of ${snapshot}` : `  lost: ${path} in ${snapshot}`,
    ),
  ]
}
