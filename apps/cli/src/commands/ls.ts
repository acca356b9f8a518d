import { HoldfastError } from '@holdfast/domain'
import { type Entry, listEntries, pathToText } from '@holdfast/vault'
import { snapshotPath } from '../argument-bytes.ts'
import { entryLine, entryRecord } from '../entry-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Output } from '../output.ts'
import type { Call } from '../program.ts'
import { parseSnapshot } from '../snapshot-option.ts'

/** `holdfast ls [label/path] --from DEST`: one line, or one object of a JSON array, per entry, as they come. */
export async function ls(
  { settings, output }: Call,
  path: string | undefined,
  options: VaultOptions & { from: string; snapshot: string; recursive?: boolean },
): Promise<ExitCode> {
  const snapshot = parseSnapshot(options.snapshot)
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const folder = path === undefined ? undefined : snapshotPath(path)
  const query = {
    snapshot,
    recursive: options.recursive === true,
    ...(folder === undefined ? {} : { path: folder }),
  }
  const shown = await print(listEntries(opened.vault, query, opened.env), output)
  if (shown === 0 && path !== undefined)
    throw new HoldfastError(
      'NOTHING_SELECTED',
      `The snapshot holds nothing at ${pathToText(snapshotPath(path))}.`,
    )
  return EXIT.ok
}

/** Nothing is printed before the first entry, so that an error answers alone. */
async function print(entries: AsyncIterable<Entry>, output: Output): Promise<number> {
  let count = 0
  for await (const entry of entries) {
    if (output.json) await output.write(`${count === 0 ? '[\n' : ',\n'}${JSON.stringify(entryRecord(entry))}`)
    else await output.write(`${entryLine(entry)}\n`)
    count += 1
  }
  if (output.json && count > 0) await output.write('\n]\n')
  return count
}
