import { formatBytes } from '@holdfast/domain'
import { type DiffEntry, type DiffTotals, diffSnapshots, pathToText } from '@holdfast/vault'
import { snapshotPath } from '../argument-bytes.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { parseSnapshot } from '../snapshot-option.ts'

/** `holdfast diff ID1 ID2 --from DEST`: what the second has more, less and other than the first; totals last. */
export async function diff(
  { settings, output }: Call,
  before: string,
  after: string,
  options: VaultOptions & { from: string; path?: string },
): Promise<ExitCode> {
  const [from, to] = [parseSnapshot(before), parseSnapshot(after)]
  const path = options.path === undefined ? undefined : snapshotPath(options.path)
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  let count = 0
  for await (const event of diffSnapshots(opened.vault, { from, to, path }, opened.env)) {
    if (event.type === 'finished')
      await output.write(output.json ? tail(count, event.totals) : sums(event.totals))
    else if (output.json)
      await output.write(`${count === 0 ? HEAD : ',\n'}${JSON.stringify(recordOf(event.entry))}`)
    else await output.write(`${lineOf(event.entry)}\n`)
    count += 1
  }
  return EXIT.ok
}

const HEAD = '{"entries":[\n'

function tail(count: number, totals: DiffTotals): string {
  return `${count === 0 ? HEAD : '\n'}],"totals":${JSON.stringify(totals)}}\n`
}

function recordOf({ path, kind, change, sizeBefore, sizeAfter }: DiffEntry) {
  return { path: pathToText(path), kind, change, sizeBefore, sizeAfter }
}

const SIGNS = { added: '+', removed: '-', changed: 'M', attributes: 'a' } as const

function lineOf({ path, kind, change, sizeBefore, sizeAfter }: DiffEntry): string {
  const name = `${SIGNS[change]} ${pathToText(path)}${kind === 'dir' ? '/' : ''}`
  const sizes = change === 'attributes' ? [] : [sizeBefore, sizeAfter].filter((size) => size !== null)
  if (sizes.length > 0) return `${name}  (${sizes.map(formatBytes).join(' -> ')})`
  return change === 'attributes' ? `${name}  (mode, owner or time)` : name
}

function sums({ added, removed, changed, attributes }: DiffTotals): string {
  if (added.entries + removed.entries + changed.entries + attributes.entries === 0) return 'No difference.\n'
  return `${[
    `${added.entries} added (${formatBytes(added.bytes)})`,
    `${removed.entries} removed (${formatBytes(removed.bytes)})`,
    `${changed.entries} changed (now ${formatBytes(changed.bytes)})`,
    `${attributes.entries} with only another mode, owner or time`,
  ].join(', ')}\n`
}
