import { formatBytes, HoldfastError } from '@holdfast/domain'
import { type FoundEntry, findEntries, pathToText } from '@holdfast/vault'
import { fileTime, isoTime } from '../entry-text.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { parseSnapshot } from '../snapshot-option.ts'

/**
 * `holdfast find PATTERN --from DEST`: one line, or one object of a JSON array, per path, as they are found. Exit 3 when
 * a part of the lists is damaged, so that names may be missing.
 */
export async function find(
  { settings, output }: Call,
  pattern: string,
  options: VaultOptions & { from: string; snapshot?: string; limit?: number },
): Promise<ExitCode> {
  if (pattern === '')
    throw new HoldfastError('USAGE', 'What to look for? A part of a name, or a pattern such as *.jpg.')
  const snapshot = options.snapshot === undefined ? undefined : parseSnapshot(options.snapshot)
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  let count = 0
  let exit: ExitCode = EXIT.ok
  for await (const event of findEntries(opened.vault, { pattern, snapshot }, opened.env)) {
    if (event.type === 'unreadable') {
      const [from, to] = [pathToText(event.from), pathToText(event.to)]
      output.said({ ...event, from, to }, `Not searched, damaged: from ${from} to ${to}: ${event.reason}`)
      exit = EXIT.incomplete
      continue
    }
    if (count === options.limit) {
      output.note(`There is more; --limit ${count} ends the list here.`)
      break
    }
    if (output.json)
      await output.write(`${count === 0 ? '[\n' : ',\n'}${JSON.stringify(recordOf(event.entry))}`)
    else await output.write(`${lineOf(event.entry, opened.home.machine)}\n`)
    count += 1
  }
  if (output.json) await output.write(count === 0 ? '[]\n' : '\n]\n')
  else if (count === 0) output.note('No name fits.')
  return exit
}

function lineOf({ path, kind, size, mtimeNs, first, last, count, ...by }: FoundEntry, here: string): string {
  const bytes = (kind === 'file' ? formatBytes(size) : kind).padStart(9)
  const where = count === 1 ? last : `${first} … ${last} (${count})`
  const whose = [...(by.machine === here ? [] : [by.machine]), ...(by.plan === null ? [] : [by.plan])]
  const owner = whose.length === 0 ? '' : `  [${whose.join(', ')}]`
  return `${fileTime(mtimeNs)} ${bytes}  ${pathToText(path)}${kind === 'dir' ? '/' : ''}  in ${where}${owner}`
}

function recordOf({ path, kind, size, mtimeNs, machine, plan, first, last, count }: FoundEntry) {
  const mtime = isoTime(mtimeNs)
  return { path: pathToText(path), kind, size, mtime, machine, plan, snapshots: [first, last], count }
}
