import { formatBytes } from '@holdfast/domain'
import { type FileVersion, fileVersions } from '@holdfast/vault'
import { snapshotPath } from '../argument-bytes.ts'
import { fileTime, isoTime } from '../entry-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { localTime } from '../local-time.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { tableOf } from '../table.ts'

/** `holdfast versions LABEL/PATH --from DEST`: every version of one path, oldest first; with --all every snapshot. */
export async function versions(
  { settings, output }: Call,
  path: string,
  options: VaultOptions & { from: string; machine?: string; all?: boolean },
): Promise<ExitCode> {
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const query = { path: snapshotPath(path), machine: options.machine }
  const all = await Array.fromAsync(fileVersions(opened.vault, query, opened.env))
  const shown = all.filter(({ change }) => options.all === true || change !== 'same')
  const header = ['snapshot', 'time', 'machine', 'plan', 'change', 'size', 'modified']
  output.answer(shown.map(recordOf), tableOf(header, shown.map(rowOf), [5]))
  return EXIT.ok
}

function rowOf({ snapshot, time, machine, plan, change, entry }: FileVersion): string[] {
  const word = change === 'unread' ? `not read: ${entry?.problem ?? ''}` : change
  const size = entry === undefined ? '' : entry.kind === 'file' ? formatBytes(entry.size) : entry.kind
  const modified = entry === undefined ? '' : fileTime(entry.mtimeNs)
  return [snapshot, localTime(time), machine, plan ?? '', word, size, modified]
}

function recordOf({ snapshot, time, machine, plan, change, entry }: FileVersion) {
  const { kind, size, problem } = entry ?? {}
  const mtime = entry === undefined ? undefined : isoTime(entry.mtimeNs)
  return { snapshot, time, machine, plan, change, kind, size, mtime, problem }
}
