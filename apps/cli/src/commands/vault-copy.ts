import { checkCopyPlace, formatBytes, HoldfastError } from '@holdfast/domain'
import { lockPlace, rememberCopySeqs } from '@holdfast/host'
import { type CopyEvent, type CopySummary, copyVault, cryptPasswordsOf } from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import { openCarrier } from '../place/open-carrier.ts'
import { openPlace } from '../place/open-place.ts'
import type { Call } from '../program.ts'

/**
 * `holdfast vault copy --from DEST --to DEST`: a second copy of the vault, opened by the same passphrase. Exit 1 when the
 * copy is not what it should be, 3 when it is complete and what the vault deleted had to stay there.
 */
export async function vaultCopy(
  { settings, output }: Call,
  options: VaultOptions & {
    from: string
    to: string
    check: boolean
    allowLarge?: boolean
    dryRun?: boolean
  },
): Promise<ExitCode> {
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const { vault, env, home, at } = opened
  await using to = await openPlace(options.to, settings, { rcloneConfig: options.rcloneConfig, output })
  checkCopyPlace(at.place, to.place)
  using _locked = lockPlace(settings.home, to.place)
  await using between = await openCarrier(vault, { from: at, to }, settings)
  const passwords = vault.encrypted ? cryptPasswordsOf(vault.masterKey, vault.id) : undefined
  const copy = { outer: to.doors.outer, store: await to.doors.openInner(passwords) }
  const request = {
    ...{ dryRun: options.dryRun === true, check: options.check, allowLarge: options.allowLarge === true },
    known: home.lastSeqs(vault.id),
  }
  let summary: CopySummary | undefined
  for await (const event of copyVault(vault, copy, request, { ...env, carrier: between.carrier })) {
    if (event.type === 'finished') summary = event.summary
    else if (event.type === 'progress') output.progress(event, progressLine(event))
    else if (event.level === 'warn' || event.level === 'error') output.said(event, event.text)
  }
  if (summary === undefined) throw new HoldfastError('INTERNAL', 'The copy ended without a result.')
  const { writers } = summary
  if (!summary.dryRun) rememberCopySeqs(settings.home, to.place, { vault: vault.id, writers })
  output.answer({ ...summary, vault: vault.id, place: to.name }, linesOf(summary, to.name))
  if (!summary.ok) return EXIT.failed
  return summary.heldBack === null ? EXIT.ok : EXIT.incomplete
}

function progressLine(event: Extract<CopyEvent, { type: 'progress' }>): string {
  const { phase, objectsDone, objectsTotal, bytesDone, bytesTotal } = event
  if (objectsTotal === null) return `${phase}…`
  const bytes = bytesTotal === null ? '' : `, ${formatBytes(bytesDone)} of ${formatBytes(bytesTotal)}`
  return `${phase}: ${objectsDone} of ${objectsTotal} objects${bytes}`
}

function linesOf(summary: CopySummary, place: string): string[] {
  const { copied, deleted, mended, differing, lost, heldBack, check, dryRun, snapshots } = summary
  const amount = `${copied.objects} objects, ${formatBytes(copied.bytes)}, ${copied.snapshots} snapshots`
  return [
    dryRun
      ? `A dry run, nothing was changed. To ${place} would go: ${amount}.`
      : copied.objects === 0
        ? `The copy at ${place} was up to date: ${snapshots} snapshots.`
        : `Copied to ${place}: ${amount}.`,
    ...(mended.length === 0 ? [] : [`${mended.length} of them were not whole there and were copied anew.`]),
    ...(deleted.objects === 0
      ? []
      : [
          `Deleted there, as in the vault: ${deleted.objects} objects, ${formatBytes(deleted.bytes)}, ${deleted.snapshots} snapshots.`,
        ]),
    ...(heldBack === null
      ? []
      : [
          `Nothing was deleted there: ${heldBack.message}${heldBack.code === 'large' ? ' If that is right, give --allow-large.' : ''}`,
        ]),
    ...(lost.length === 0 ? [] : [`Only the copy has these any more: ${lost.join(', ')}.`]),
    ...differing.map(({ key, reason }) => `  ${key} differs: ${reason}`),
    ...(check === null
      ? []
      : check.ok
        ? ['The copy is a whole vault; its bytes were not read (`holdfast check --read all` does).']
        : [
            `The copy is damaged: ${check.damaged.length} objects.`,
            ...check.damaged.map(({ object, reason }) => `  ${object}: ${reason}`),
          ]),
  ]
}
