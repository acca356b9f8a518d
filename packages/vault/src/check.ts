import { type Damage, whatIsHit } from './check/affected.ts'
import { checkChains } from './check/chains.ts'
import { chooseReads, rememberedReads } from './check/choose-reads.ts'
import { checkClaims } from './check/claims.ts'
import { createFindings, type Findings } from './check/findings.ts'
import { checkBrokenIndexes, checkIndexHashes, checkUnnamedPacks } from './check/index-objects.ts'
import { checkReachable } from './check/reachable.ts'
import { readPack } from './check/read-pack.ts'
import { checkPlainFiles, checkVaultFile } from './check/vault-file.ts'
import { eventStream } from './event-stream.ts'
import { loadIndex } from './index/load-index.ts'
import type { PieceIndex } from './index/piece-index.ts'
import { openWorkshop } from './pack/workshop.ts'
import { checkPrograms } from './program/check-programs.ts'
import type { KnownSeqs } from './prune/read-vault-state.ts'
import { checkSettings } from './settings/check-settings.ts'
import { createLeafReader } from './snapshot/leaf.ts'
import { readSnapshots } from './snapshot/read-snapshots.ts'
import { writersIn } from './vault/claims.ts'
import type { EngineEnv } from './vault/create-vault.ts'
import { NO_CACHE } from './vault/no-cache.ts'
import type { OpenedVault } from './vault/open-vault.ts'

/** How much of the stored bytes is read besides the structure. */
export type ReadScope =
  | { readonly kind: 'none' }
  | { readonly kind: 'all' }
  | { readonly kind: 'share'; readonly percent: number }
  | { readonly kind: 'budget'; readonly bytes: number }

export type CheckRequest = {
  readonly read: ReadScope
  /** The highest sequence number of each writer that the caller has seen before: what is gone since is damage. */
  readonly known?: KnownSeqs
}

export type CheckSummary = {
  /** True when nothing that a snapshot needs, no packed program and no machine's settings are damaged. */
  readonly ok: boolean
  readonly objects: number
  readonly bytesRead: number
  readonly damaged: readonly Damage[]
  /** Objects that no snapshot needs: left by runs that were cut off. Harmless, also when they are damaged. */
  readonly garbage: readonly string[]
  /** Packs that no listed snapshot needs and that are to be deleted, or were deleted in part, by a prune or a repair. */
  readonly waiting: readonly string[]
}

export type CheckEvent =
  | {
      readonly type: 'progress'
      readonly objectsDone: number
      readonly objectsTotal: number
      readonly bytesRead: number
    }
  | { readonly type: 'finished'; readonly summary: CheckSummary }

export type CheckEnv = EngineEnv & { readonly threads?: number }

/**
 * Checks a vault without trusting any cache. Always: both copies of vault.json, every snapshot and its chain, every
 * mark, claim and index object, every leaf, and that each piece a snapshot needs is in a pack that exists at its size.
 * With a read scope: the packs' bytes too, every frame opened and every piece hashed; a share or a budget takes those
 * longest unread, which is all that the cache is used for. `all` also looks at the key files, the README, the settings of
 * machines and the bytes of packed programs. Damage is an answer, not an error.
 */
export function check(
  vault: OpenedVault,
  request: CheckRequest,
  env: CheckEnv,
): AsyncGenerator<CheckEvent, void, undefined> {
  return eventStream<CheckEvent>((emit, signal) => runCheck(vault, request, { ...env, signal }, emit), {
    signal: env.signal,
    coalesce: (event) => event.type === 'progress',
  })
}

const NOTHING_READ = { objects: 0, bytesRead: 0, leftovers: [] }

type RunEnv = CheckEnv & { readonly signal: AbortSignal }

async function runCheck(
  vault: OpenedVault,
  request: CheckRequest,
  env: RunEnv,
  emit: (event: CheckEvent) => void,
): Promise<CheckEvent> {
  const bare = { ...env, cache: NO_CACHE }
  const findings = createFindings()
  await checkVaultFile(vault, bare, findings)
  const history = await readSnapshots(vault, bare)
  const { snapshots, hidden, marks } = history
  const aside = marks.quarantined
  if (request.read.kind === 'all') await checkPlainFiles(vault, { aside, findings }, bare)
  const leftovers = checkChains(history, request.known ?? new Map(), findings)
  for (const { key, reason } of marks.broken) findings.add(key, 'mark', reason)
  leftovers.push(...checkClaims(await writersIn(vault, bare), { aside, findings }))

  const loaded = await loadIndex(vault, history, bare)
  const { index } = loaded
  const packs = await packSizes(vault, bare)
  const reader = createLeafReader(vault, bare, { index })
  const reach = await checkReachable(history, { index, packs, marks, reader, findings, signal: env.signal })
  leftovers.push(...checkBrokenIndexes(loaded, reach, findings))
  checkUnnamedPacks(loaded, reach, findings)
  if (request.read.kind === 'all') await checkIndexHashes(vault, loaded, { aside, findings }, bare)
  const sound = new Map([...packs].filter(([key]) => reach.needed.has(key) && !aside.has(key)))
  const packsRead = await readPacks(vault, { scope: request.read, packs: sound, index, findings }, env, emit)
  const programs = await checkPrograms(vault, { read: request.read.kind === 'all', findings }, bare)
  leftovers.push(...programs.leftovers)
  const settings = request.read.kind === 'all' ? await checkSettings(vault, findings, bare) : NOTHING_READ
  leftovers.push(...settings.leftovers)

  const damaged = await whatIsHit(findings, { snapshots, index, reader, signal: env.signal })
  const unneeded = [...packs.keys()].filter((key) => !reach.needed.has(key))
  const isWaiting = (key: string) => reach.waiting.has(key) || marks.absent.has(key)
  const summary: CheckSummary = {
    ok: damaged.length === 0,
    objects:
      snapshots.length +
      hidden.length +
      marks.marks.length +
      loaded.objects.length +
      packs.size +
      programs.objects +
      settings.objects,
    bytesRead: packsRead + programs.bytesRead + settings.bytesRead,
    damaged,
    garbage: [...unneeded.filter((key) => !isWaiting(key)), ...leftovers].sort(),
    waiting: unneeded.filter(isWaiting).sort(),
  }
  return { type: 'finished', summary }
}

/** Reads the packs that the scope asks for and remembers those that are sound; answers how many bytes came. */
async function readPacks(
  vault: OpenedVault,
  by: { scope: ReadScope; packs: ReadonlyMap<string, number>; index: PieceIndex; findings: Findings },
  env: RunEnv,
  emit: (event: CheckEvent) => void,
): Promise<number> {
  const { index, findings } = by
  const remembered = rememberedReads(vault, env.cache)
  const toRead = chooseReads(by.packs, by.scope, { remembered, random: env.random })
  if (toRead.length === 0) return 0
  const rows = new Map(index.packs.map((row, number) => [row.pack, { row, number }]))
  await using workshop = openWorkshop(vault.keys, { threads: env.threads ?? 2 })
  let bytesRead = 0
  try {
    for (const [done, key] of toRead.entries()) {
      env.signal.throwIfAborted()
      const found = rows.get(key)
      const reading = await readPack({
        key,
        row: found?.row,
        store: vault.store,
        workshop,
        signal: env.signal,
      })
      bytesRead += reading.bytesRead
      if (reading.problem === undefined && reading.badPieces.length === 0) remembered.add(key)
      if (reading.problem !== undefined) findings.add(key, 'pack', reading.problem)
      // A piece that the index finds elsewhere is not hit.
      for (const id of reading.badPieces)
        if (index.findHex(id)?.pack === found?.number) findings.pieces.add(id)
      emit({ type: 'progress', objectsDone: done + 1, objectsTotal: toRead.length, bytesRead })
    }
  } finally {
    remembered.save(by.packs)
  }
  return bytesRead
}

async function packSizes(vault: OpenedVault, env: EngineEnv): Promise<Map<string, number>> {
  const sizes = new Map<string, number>()
  for await (const { key, size } of vault.store.list('packs', { signal: env.signal })) sizes.set(key, size)
  return sizes
}
