import { formatBytes, formatDuration, HoldfastError } from '@holdfast/domain'
import { createPlacedTree, createTargetTree } from '@holdfast/host'
import {
  listSnapshots,
  pathToText,
  type RestoreSummary,
  restore as restoreFiles,
  type SnapshotInfo,
} from '@holdfast/vault'
import type { Conflict, TargetTree } from '@holdfast/vault/ports'
import { absolutePath, snapshotPath } from '../argument-bytes.ts'
import { askYes } from '../ask.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type EmbeddedVault, openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Output } from '../output.ts'
import { refuseInsideVault } from '../own-folders.ts'
import type { Call } from '../program.ts'
import { rememberSeen } from '../remember-seen.ts'
import { ownersByMap, placesByMap } from '../restore-maps.ts'
import { parseSnapshot, snapshotAt } from '../snapshot-option.ts'
import { type InPlaceOptions, restoreInPlace } from './restore-in-place.ts'

type RestoreOptions = VaultOptions &
  InPlaceOptions & {
    from?: string
    to?: string
    inPlace?: boolean
    path: string[]
    map: string[]
    ownerMap: string[]
    conflict: Conflict
    /** Commander's: true unless --no-owner; `--owner` leaves its mark in `ownerGiven`. */
    owner?: boolean
  }

/** The engine's words for what the conflict rule left as it was: wanted, so no failure. */
const BY_RULE: readonly string[] = ['there is one already', 'what is there is newer']

/**
 * `holdfast restore --from DEST (--snapshot ID | --at TIME) --to DIR`: exit 3 when something of the snapshot could not
 * be brought back, 1 when the vault's bytes were damaged.
 */
export async function restore({ settings, output }: Call, options: RestoreOptions): Promise<ExitCode> {
  if (options.inPlace === true) return await restoreInPlace({ settings, output }, options)
  const { from, to, map } = options
  if (from === undefined)
    throw new HoldfastError('USAGE', 'From which vault? Give --from DEST, or --in-place --plan PLAN.')
  if (to === undefined && map.length === 0)
    throw new HoldfastError('USAGE', 'Into which folder? Give --to DIR, or --map FROM=TO.')
  if (options.snapshot === undefined && options.at === undefined)
    throw new HoldfastError('USAGE', 'Which snapshot? Give --snapshot ID, --snapshot latest, or --at TIME.')
  if (options.owner === true && !settings.isRoot)
    throw new HoldfastError('USAGE', 'Only root can give files back to their owners.')
  const asked = options.snapshot === undefined ? undefined : parseSnapshot(options.snapshot)
  const mapOwner = ownersByMap(options.ownerMap)
  const target = to === undefined ? undefined : absolutePath(to, settings.cwd)

  await using opened = await openEmbeddedVault(from, options, { settings, output })
  const { vault, env } = opened
  const listed = await listSnapshots(vault, env, { all: true })
  const snapshot =
    asked ??
    snapshotAt(
      listed.filter(({ state }) => state === 'kept'),
      options.at ?? '',
    )
  const places = map.length === 0 ? [] : placesByMap(map, infoOf(listed, snapshot), settings.cwd)
  for (const path of [...(target === undefined ? [] : [target]), ...places.map((place) => place.path)])
    refuseInsideVault(path, opened.at.place)
  const owners = await wantsOwners(opened, options, { settings, output })
  const dryRun = options.dryRun === true
  const events = restoreFiles(
    vault,
    { snapshot, paths: options.path.map(snapshotPath), conflict: options.conflict, owners, mapOwner, dryRun },
    { ...env, target: targetOf(target, places) },
  )
  let summary: RestoreSummary | undefined
  for await (const event of events) {
    if (event.type === 'progress') {
      const total = event.filesTotal === null ? '' : ` of ${event.filesTotal}`
      output.progress(event, `restoring: ${event.filesDone}${total} files, ${formatBytes(event.bytesDone)}`)
    } else if (event.type === 'skipped') output.said(event, `Not restored: ${event.path}: ${event.reason}`)
    else if (event.type === 'log') output.said(event, event.text)
    else summary = event.summary
  }
  if (summary === undefined) throw new HoldfastError('INTERNAL', 'The restore ended without a result.')
  await rememberSeen(opened, output)
  const { owners: were, ...rest } = summary
  const ownersLeftOut = owners ? [] : were.filter((owner) => !isOurs(owner))
  if (ownersLeftOut.length > 0 && !dryRun && !settings.isRoot)
    output.note(
      `Only root gives files back to their owners. These were not: ${ownersLeftOut.map(ownerText).join(', ')}.`,
    )
  const document = { ...rest, ownersLeftOut }
  output.answer(dryRun ? { ...document, dryRun } : document, linesOf(summary, { dryRun, target, output }))
  if (!summary.verified) return EXIT.failed
  return summary.skipped.every(({ reason }) => BY_RULE.includes(reason)) ? EXIT.ok : EXIT.incomplete
}

/** Files that are ours come back as ours. */
function isOurs({ uid, gid }: { uid: number; gid: number }): boolean {
  return uid === process.getuid?.() && gid === process.getgid?.()
}

const ownerText = ({ uid, gid }: { uid: number; gid: number }) => `${uid}:${gid}`

/** One folder for everything but what is mapped elsewhere. */
function targetOf(target: Buffer | undefined, places: Parameters<typeof createPlacedTree>[0]): TargetTree {
  const rest = target === undefined ? undefined : createTargetTree(target)
  if (rest !== undefined && places.length === 0) return rest
  return createPlacedTree(places, rest === undefined ? {} : { rest })
}

function infoOf(listed: readonly SnapshotInfo[], id: SnapshotInfo['id'] | 'latest'): SnapshotInfo {
  const found = listed.find((one) => (id === 'latest' ? one.state === 'kept' : one.id === id))
  if (found !== undefined) return found
  throw new HoldfastError('SNAPSHOT_UNKNOWN', `The vault holds no snapshot ${id}.`)
}

/**
 * Root gives owners back, but an unknown vault could hand out setuid files under any name: there somebody must have
 * said so.
 */
async function wantsOwners(
  opened: EmbeddedVault,
  options: RestoreOptions,
  { settings, output }: Call,
): Promise<boolean> {
  if (!settings.isRoot || options.owner === false) return false
  if (options.owner === true || opened.home.knows(opened.vault.id)) return true
  if (process.stdin.isTTY && process.stderr.isTTY) {
    output.note('This home never wrote to this vault.')
    return await askYes('Give its files back to the owners that it names?', settings.signal)
  }
  output.note('Owners are not restored: this home never wrote to this vault. Give --owner to restore them.')
  return false
}

function linesOf(
  summary: RestoreSummary,
  by: { dryRun: boolean; target: Buffer | undefined; output: Output },
): string[] {
  const what = `${summary.files} files, ${formatBytes(summary.bytes)}`
  if (by.dryRun) return [by.output.bold('A dry run: nothing was written.'), `  ${what} would be restored.`]
  return [
    `${by.output.bold('Restored')} ${what} into ${by.target === undefined ? 'their mapped places' : pathToText(by.target)} in ${formatDuration(summary.durationMs)}.`,
    summary.verified
      ? '  Every byte was compared with what was backed up.'
      : '  Some of the vault is damaged.',
    ...(summary.already === 0 ? [] : [`  ${summary.already} of them were there already.`]),
    ...(summary.skipped.length === 0 ? [] : [`  ${summary.skipped.length} were left out.`]),
  ]
}
