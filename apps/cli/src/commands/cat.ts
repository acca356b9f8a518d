import { HoldfastError } from '@holdfast/domain'
import { readFile } from '@holdfast/vault'
import { snapshotPath } from '../argument-bytes.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { parseSnapshot } from '../snapshot-option.ts'

/** `holdfast cat LABEL/PATH --from DEST`: the file's bytes on standard output, each verified before it is written. */
export async function cat(
  { settings, output }: Call,
  path: string,
  options: VaultOptions & { from: string; snapshot: string },
): Promise<ExitCode> {
  if (output.json)
    throw new HoldfastError('USAGE', 'cat writes the bytes of a file, which are no JSON: leave out --json.')
  const query = { snapshot: parseSnapshot(options.snapshot), path: snapshotPath(path) }
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  for await (const bytes of readFile(opened.vault, query, opened.env)) await output.write(bytes)
  return EXIT.ok
}
