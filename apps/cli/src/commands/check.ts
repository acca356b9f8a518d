import { readFile } from 'node:fs/promises'
import { formatBytes, HoldfastError, parseBytes } from '@holdfast/domain'
import { copySeqs } from '@holdfast/host'
import {
  type CheckSummary,
  check as checkVault,
  type KnownSeqs,
  openKit,
  type ReadScope,
} from '@holdfast/vault'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { type EmbeddedVault, openEmbeddedVault, type VaultOptions } from '../open-embedded-vault.ts'
import type { Call } from '../program.ts'
import { rememberSeen } from '../remember-seen.ts'

/** `holdfast check --from DEST [--read SCOPE] [--kit FILE]`: exit 1 when something that a snapshot needs is damaged. */
export async function check(
  { settings, output }: Call,
  options: VaultOptions & { from: string; read?: string; kit?: string },
): Promise<ExitCode> {
  const read = parseScope(options.read)
  await using opened = await openEmbeddedVault(options.from, options, { settings, output })
  const known = await knownTo(opened, options.kit)
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

/** What this home has seen of the vault, and what a recovery kit says was there when it was made. */
async function knownTo({ vault, home, at }: EmbeddedVault, kitFile: string | undefined): Promise<KnownSeqs> {
  // A second copy may be behind the vault, and is whole all the same.
  const known = new Map(copySeqs(home.dir, at.place, vault.id) ?? home.lastSeqs(vault.id))
  if (kitFile === undefined) return known
  const bytes = await readFile(kitFile).catch((cause: unknown) => {
    throw new HoldfastError('USAGE', `The recovery kit ${kitFile} can't be read.`, { cause })
  })
  const kit = await openKit(bytes, { kind: 'master-key', masterKey: vault.masterKey })
  if (kit.vault !== vault.id) throw new HoldfastError('USAGE', `${kitFile} is the kit of another vault.`)
  for (const { writer, seq } of kit.writers) known.set(writer, Math.max(seq, known.get(writer) ?? 0))
  return known
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
  const percent = Number(/^([0-9]+(?:\.[0-9]+)?)\s*%$/.exec(text)?.[1])
  if (percent > 0 && percent <= 100) return { kind: 'share', percent }
  const bytes = parseBytes(text)
  if (bytes !== undefined && /[a-z]/i.test(text)) return { kind: 'budget', bytes }
  throw new HoldfastError(
    'USAGE',
    `"${text}" is no amount to read: all, a share such as 10%, or an amount such as 2GiB.`,
  )
}
