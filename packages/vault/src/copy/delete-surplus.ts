import { HoldfastError } from '@holdfast/domain'
import { check } from '../check.ts'
import { readMarks } from '../marks/read-marks.ts'
import { parseProgramKey } from '../program/program-format.ts'
import type { KnownSeqs } from '../prune/read-vault-state.ts'
import { parseSettingsKey } from '../settings/settings-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import { listKeys } from '../vault/key-files.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { CopyObject, CopyPlan } from './plan-copy.ts'
import type { CopyPlace, Survey } from './survey-both.ts'

/** Why nothing is deleted from the copy for now, in a sentence. */
export type HeldBack = { readonly code: 'lost' | 'damaged' | 'large' | 'differs'; readonly message: string }

export type Surplus =
  | { readonly kind: 'go'; readonly objects: readonly CopyObject[] }
  | { readonly kind: 'held'; readonly why: HeldBack }

const MANY_PACKS = 64
const LARGE_SHARE = 0.2

/**
 * What the copy need not keep any more, in the order in which it goes: snapshots, index objects, packs, then marks,
 * settings, packed programs and keys. Only what the vault deleted on purpose: all of it stays when the vault is not whole by a check of
 * its own, lost a snapshot, or shows so little that its listing is in doubt. What a repair of the vault set aside stays
 * as well, and with it the index objects that may name it.
 */
export async function judgeSurplus(
  vault: OpenedVault,
  copy: OpenedVault,
  found: { survey: Survey; plan: CopyPlan; differing: number; allowLarge: boolean; known: KnownSeqs },
  env: EngineEnv,
): Promise<Surplus> {
  const { plan, survey } = found
  const surplus = await needless(vault, copy, plan.surplus, survey, env)
  if (surplus.length === 0) return { kind: 'go', objects: [] }
  const why = tooFew(found, surplus) ?? (await notWhole(vault, found.known, env))
  return why === undefined ? { kind: 'go', objects: surplus } : { kind: 'held', why }
}

function tooFew(
  found: { survey: Survey; plan: CopyPlan; differing: number; allowLarge: boolean },
  surplus: readonly CopyObject[],
): HeldBack | undefined {
  const { survey, plan } = found
  const [lost] = plan.lost
  if (lost !== undefined)
    return {
      code: 'lost',
      message: `The vault lost ${plan.lost.length === 1 ? `the snapshot ${lost}` : `${plan.lost.length} snapshots, ${lost} among them`}, which the copy still has.`,
    }
  if (found.differing > 0) return { code: 'differs', message: 'Vault and copy differ.' }
  const going = surplus.filter(({ key }) => key.startsWith('packs/')).length
  const there = count(survey.copy.inner, 'packs/')
  if (there > 0 && count(survey.source.inner, 'packs/') === 0 && !found.allowLarge)
    return { code: 'large', message: `The vault shows no pack at all, and the copy has ${there}.` }
  if (going > MANY_PACKS && going > there * LARGE_SHARE && !found.allowLarge)
    return { code: 'large', message: `${going} of the ${there} packs of the copy would go at once.` }
  return undefined
}

async function notWhole(vault: OpenedVault, known: KnownSeqs, env: EngineEnv): Promise<HeldBack | undefined> {
  for await (const event of check(vault, { read: { kind: 'none' }, known }, env))
    if (event.type === 'finished') {
      const [damage] = event.summary.damaged
      return damage === undefined
        ? undefined
        : { code: 'damaged', message: `The vault is not whole: ${damage.object} is damaged or missing.` }
    }
  throw new HoldfastError('INTERNAL', 'The check of the vault ended without a result.')
}

async function needless(
  vault: OpenedVault,
  copy: OpenedVault,
  surplus: readonly CopyObject[],
  { source }: Survey,
  env: EngineEnv,
): Promise<CopyObject[]> {
  if (surplus.length === 0) return []
  const { quarantined } = await readMarks(vault, env)
  const tidied = new Map((await readMarks(copy, env)).marks.map(({ key, body }) => [key, body.kind]))
  const inner = surplus.filter(({ root }) => root === 'inner')
  const of = (folder: string) => inner.filter(({ key }) => key.startsWith(folder))
  const packs = of('packs/').filter(({ key }) => !quarantined.has(key))
  const isAside = packs.length < of('packs/').length
  return [
    ...of('snaps/').filter(({ key }) => !quarantined.has(key)),
    ...(isAside ? [] : of('index/').filter(({ key }) => !quarantined.has(key))),
    ...packs,
    // The other kinds are never tidied away: one that only the copy has was lost.
    ...of('marks/').filter(({ key }) => ['doomed', 'withdrawn', 'swept'].includes(tidied.get(key) ?? '')),
    ...of('settings/').filter(({ key }) => isSuperseded(key, source.inner)),
    // One that the vault gave up for a prune and put again has another name there.
    ...(count(source.inner, 'reserve/') > 0 ? of('reserve/') : []),
    ...of('program/')
      .filter(({ key }) => isReplaced(key, source.inner))
      .sort(manifestFirst),
    ...(await goneKeys(vault, surplus, env)),
  ]
}

/** The vault has newer settings of the same machine. */
function isSuperseded(key: string, source: ReadonlyMap<string, number>): boolean {
  const named = parseSettingsKey(key)
  if (named === undefined) return false
  return [...source.keys()].some((other) => {
    const later = parseSettingsKey(other)
    return later?.writer === named.writer && later.number > named.number
  })
}

/** The vault still has a program for the same platform, or what is surplus is a leftover beside its set. */
function isReplaced(key: string, source: ReadonlyMap<string, number>): boolean {
  const named = parseProgramKey(key)
  if (named === undefined) return false
  return [...source.keys()].some((other) => {
    const there = parseProgramKey(other)
    return there?.kind === 'manifest' && there.platform === named.platform
  })
}

function manifestFirst(one: CopyObject, other: CopyObject): number {
  const rank = ({ key }: CopyObject) => (parseProgramKey(key)?.kind === 'manifest' ? 0 : 1)
  return rank(one) - rank(other)
}

/** A passphrase that was changed shall not open the copy; one key file must be left that opens the vault. */
async function goneKeys(
  vault: OpenedVault,
  surplus: readonly CopyObject[],
  env: EngineEnv,
): Promise<CopyObject[]> {
  const keys = surplus.filter(({ root, key }) => root === 'outer' && key.startsWith('keys/'))
  if (keys.length === 0) return []
  return (await listKeys(vault, env)).some(({ readable }) => readable) ? keys : []
}

function count(sizes: ReadonlyMap<string, number>, folder: string): number {
  return [...sizes.keys()].filter((key) => key.startsWith(folder)).length
}

/** Deletes in the given order. After the snapshots it looks whether they are gone: one that stayed would lack its packs. */
export async function deleteSurplus(
  copy: CopyPlace,
  objects: readonly CopyObject[],
  env: EngineEnv & { deleted: () => void },
): Promise<void> {
  const isSnapshot = ({ key }: CopyObject) => key.startsWith('snaps/')
  const snapshots = objects.filter(isSnapshot)
  for (const [n, { root, key }] of objects.entries()) {
    env.signal?.throwIfAborted()
    if (n === snapshots.length) await expectGone(copy, snapshots, env)
    await (root === 'inner' ? copy.store : copy.outer).delete(key, { signal: env.signal })
    env.deleted()
  }
}

async function expectGone(copy: CopyPlace, snapshots: readonly CopyObject[], env: EngineEnv): Promise<void> {
  for (const { key } of snapshots)
    if ((await copy.store.stat(key, { signal: env.signal })) !== undefined)
      throw new HoldfastError(
        'REMOTE_LIES',
        `The place of the copy said that it deleted ${key}, and still has it.`,
      )
}
