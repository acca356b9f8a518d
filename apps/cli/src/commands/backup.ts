import { readFile } from 'node:fs/promises'
import {
  type BackupSummary,
  formatBytes,
  formatDuration,
  HoldfastError,
  type Progress,
} from '@holdfast/domain'
import { systemClock } from '@holdfast/host/clock'
import { createSourceTree } from '@holdfast/host/source-tree'
import { walkThread } from '@holdfast/host/walk-thread'
import { resolvePlace } from '@holdfast/rclone/place'
import { pathToText } from '@holdfast/vault/path-text'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import { type OmissionOptions, omissionsOf } from '../option-groups.ts'
import type { Output } from '../output.ts'
import { ownFoldersInside, refuseInsideVault } from '../own-folders.ts'
import { asPlaceText } from '../place/place-text.ts'
import type { Call } from '../program.ts'
import { labelSources } from '../source-labels.ts'

type BackupOptions = VaultOptions &
  OmissionOptions & {
    to: string
    exclude: string[]
    excludeFrom?: string
    tag?: string
    dryRun?: boolean
  }

/** `holdfast backup PATH… --to DEST`: exit 3 when named files could not be read. */
export async function backup(
  { settings, output }: Call,
  paths: string[],
  options: BackupOptions,
): Promise<ExitCode> {
  const sources = labelSources(paths, settings.cwd)
  const rules = [...options.exclude, ...(await rulesIn(options.excludeFrom))]
  const place = resolvePlace(asPlaceText(options.to), Buffer.from(settings.cwd).toString())
  for (const { path } of sources) refuseInsideVault(path, place)
  const own = [settings.home, ...(place.kind === 'folder' ? [place.path] : [])]
  const order = sources.map(({ label, path }) => ({
    label,
    path,
    excludes: [...rules, ...ownFoldersInside(path, own)],
    ...omissionsOf(options),
  }))
  // Opening a vault takes a second, in which the walk gets far.
  const startedNs = systemClock.nowNs()
  await using batches = walkThread(order, settings.signal)
  await using opened = await openEmbeddedVault(options.to, options, { settings, output, meanwhile: engine })
  const { vault, env, home } = opened
  for (const { path, isLink } of sources)
    if (isLink)
      output.note(
        `${pathToText(path)} is a link and is backed up as one; ${pathToText(path)}/ is what it leads to.`,
      )

  const dryRun = options.dryRun === true
  const { backup: backUp } = await engine()
  const events = backUp(
    vault,
    {
      writer: home.writer,
      installation: home.installation,
      machine: home.machine,
      plan: null,
      tag: options.tag ?? null,
      lastSeenSeq: home.lastSeq(vault.id, home.writer),
      sources: order,
      dryRun,
    },
    { ...env, source: createSourceTree(), begun: { startedNs, batches } },
  )
  let summary: BackupSummary | undefined
  for await (const event of events) {
    if (event.type === 'progress')
      output.progress({ type: 'progress', ...event.progress }, progressLine(event.progress))
    else if (event.type === 'skipped') output.said(event, `Not read: ${event.path}: ${event.reason}`)
    else if (event.type === 'log') sayLog(output, event)
    else summary = event.summary
  }
  if (summary === undefined) throw new HoldfastError('INTERNAL', 'The backup ended without a result.')
  if (!dryRun) home.remember(vault.id, { [home.writer]: Number(summary.snapshot.split('-')[1]) })
  output.answer(dryRun ? { ...summary, dryRun } : summary, summaryLines(summary, { dryRun, output }))
  return summary.outcome === 'complete' ? EXIT.ok : EXIT.incomplete
}

/** Most of this command's code. */
async function engine() {
  return await import('@holdfast/vault/backup')
}

async function rulesIn(file: string | undefined): Promise<string[]> {
  if (file === undefined) return []
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/).filter((line) => line !== '')
  } catch (error) {
    throw new HoldfastError('USAGE', `The rules in ${file} can't be read.`, { cause: error })
  }
}

function sayLog(output: Output, event: { readonly level: string; readonly text: string }): void {
  if (event.level === 'warn' || event.level === 'error') output.said({ type: 'log', ...event }, event.text)
}

function progressLine({
  phase,
  filesDone,
  filesTotal,
  bytesDone,
  bytesStored,
  etaSeconds,
  inFlight,
}: Progress): string {
  const total = filesTotal === null ? '' : ` of ${filesTotal}`
  const left = etaSeconds === null ? '' : `, ${formatDuration(etaSeconds * 1000)} left`
  const reading = inFlight[0] === undefined ? '' : `  ${inFlight[0]}`
  return `${phase}: ${filesDone}${total} files, ${formatBytes(bytesDone)}, ${formatBytes(bytesStored)} stored${left}${reading}`
}

function summaryLines(summary: BackupSummary, by: { dryRun: boolean; output: Output }): string[] {
  const { filesNew, filesChanged, filesUnchanged, filesSkipped, files, bytes, bytesRead, bytesStored } =
    summary
  const head = by.dryRun
    ? by.output.bold('A dry run: nothing was stored.')
    : `${by.output.bold(`Snapshot ${summary.snapshot}`)} is ${summary.outcome}.`
  return [
    head,
    `  ${filesNew} new, ${filesChanged} changed, ${filesUnchanged} unchanged: ${files} files, ${formatBytes(bytes)}`,
    `  ${formatBytes(bytesRead)} read, ${formatBytes(bytesStored)} stored in ${formatDuration(summary.durationMs)}`,
    ...(filesSkipped === 0 ? [] : [`  ${filesSkipped} could not be read; the snapshot names them.`]),
  ]
}
