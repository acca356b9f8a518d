import { SnapshotId, type WriterId } from '@holdfast/domain'
import { isDamage } from '../check/findings.ts'
import { isMarkKey, readMark } from '../marks/mark-format.ts'
import { putMark } from '../marks/put-mark.ts'
import type { RepairEnv, RepairRequest } from '../repair.ts'
import { chainsOf, isLeftover, missingSnapshots } from '../snapshot/chains.ts'
import { readSnapshots, type SnapshotHistory } from '../snapshot/read-snapshots.ts'
import {
  parseSnapshotKey,
  readSnapshot,
  type Snapshot,
  type SnapshotBody,
  snapshotRows,
} from '../snapshot/snapshot-format.ts'
import { NO_CACHE } from '../vault/no-cache.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { mendClaims } from './mend-claims.ts'
import { putSnapshotAnew } from './put-snapshot-anew.ts'

/** Snapshots, marks and claims after a mend. */
export type MendedSealed = {
  /** With the snapshots that were put again, or in a dry run would be. */
  readonly history: SnapshotHistory
  readonly putAgain: number
  /** Keys of damaged objects that can now be set aside, and numbers of snapshots that are gone without a trace. */
  readonly aside: readonly string[]
  readonly gone: readonly { readonly writer: WriterId; readonly seq: number }[]
  /** Snapshots of which nobody has a sound copy, those that were set aside earlier among them. */
  readonly lost: readonly SnapshotId[]
}

/**
 * Puts snapshots, marks and claims that are damaged or missing again where this home's cache has a sound copy: under
 * new names, which their MACs cover. Nothing is believed damaged that reads well a second time.
 */
export async function mendSealed(
  vault: OpenedVault,
  request: RepairRequest,
  env: RepairEnv,
): Promise<MendedSealed> {
  // Before anything reads the vault with this cache and forgets what the vault lacks.
  const cached = (env.cache.keys?.(`${vault.id}/snaps`) ?? []).map((key) => key.slice(vault.id.length + 1))
  const first = await readTwice(vault, env)
  const marks = await mendMarks(vault, first, request, env)
  const history = marks.putAgain > 0 && !request.dryRun ? await readTwice(vault, env) : first
  const claims = await mendClaims(vault, history.marks.quarantined, request, env)

  const restored = new Map<SnapshotId, Snapshot>()
  // The follower of a snapshot that is back knows another hash: its old key, set aside, explains that.
  const copied: string[] = []
  for (const key of wantedCopies(history, cached)) {
    const named = parseSnapshotKey(key)
    const body = cachedBody(vault, key, env)
    if (named === undefined || body === undefined || restored.has(named.id)) continue
    if (!history.broken.some((one) => one.key === key) && (await isThere(vault, key, env))) continue
    const { key: at, sha256 } = await putSnapshotAnew(vault, body, request, env)
    copied.push(key)
    restored.set(named.id, { key: at, id: named.id, body, rows: snapshotRows(body), sha256 })
  }

  const chains = chainsOf({ ...history, snapshots: [...history.snapshots, ...restored.values()] })
  const missing = missingSnapshots(history, chains)
  const sound = new Set([...history.snapshots, ...history.hidden].map(({ id }) => id))
  const isLost = (id: SnapshotId) => !sound.has(id) && !restored.has(id)
  const lostNow = history.broken
    .filter((one) => !isLeftover(one, chains))
    .flatMap(({ key }) => parseSnapshotKey(key)?.id ?? [])
  const lost = [...lostNow, ...missing.map(({ id }) => id), ...lostEarlier(history, chains)].filter(isLost)
  const aside = [...history.broken.map(({ key }) => key), ...marks.aside, ...claims.aside]
  return {
    history: { ...history, snapshots: [...history.snapshots, ...restored.values()] },
    putAgain: restored.size + marks.putAgain + claims.putAgain,
    aside: [...new Set([...aside, ...copied])].sort(),
    gone: missing,
    lost: [...new Set(lost)].sort(),
  }
}

/** Reads history twice and believes the reading that finds more, and of equal ones the one that finds less wrong. */
async function readTwice(vault: OpenedVault, env: RepairEnv): Promise<SnapshotHistory> {
  const bare = { ...env, cache: NO_CACHE }
  const first = await readSnapshots(vault, bare)
  const second = await readSnapshots(vault, bare)
  const more = soundIn(second) - soundIn(first)
  return more > 0 || (more === 0 && badness(second) <= badness(first)) ? second : first
}

function soundIn({ snapshots, hidden, marks }: SnapshotHistory): number {
  return snapshots.length + hidden.length + marks.marks.length
}

function badness(history: SnapshotHistory): number {
  const missing = missingSnapshots(history, chainsOf(history))
  return history.broken.length + history.marks.broken.length + missing.length
}

/** Cached snapshots that the vault lacks: damaged there, or gone though no mark says why. */
function wantedCopies(
  { snapshots, hidden, broken, marks }: SnapshotHistory,
  cached: readonly string[],
): string[] {
  const sound = new Set([...snapshots, ...hidden].map(({ id }) => id))
  const wanted = [...broken.map(({ key }) => key), ...cached].filter((key) => {
    const named = parseSnapshotKey(key)
    if (named === undefined || sound.has(named.id)) return false
    return broken.some((one) => one.key === key) || !marks.explains(named.writer, named.seq)
  })
  return [...new Set(wanted)]
}

function cachedBody(vault: OpenedVault, key: string, env: RepairEnv): SnapshotBody | undefined {
  const bytes = env.cache.get(`${vault.id}/${key}`)
  const named = parseSnapshotKey(key)
  if (bytes === undefined || named === undefined) return undefined
  try {
    const body = readSnapshot(key, bytes, vault.keys.mac)
    return body.vault === vault.id && body.writer === named.writer && body.seq === named.seq
      ? body
      : undefined
  } catch (error) {
    if (isDamage(error)) return undefined // a damaged cache helps nobody
    throw error
  }
}

async function isThere(vault: OpenedVault, key: string, env: RepairEnv): Promise<boolean> {
  return (await vault.store.stat(key, { signal: env.signal })) !== undefined
}

/** Snapshots that an earlier repair gave up. */
function lostEarlier(
  { marks }: SnapshotHistory,
  chains: ReadonlyMap<WriterId, readonly Snapshot[]>,
): SnapshotId[] {
  return marks.marks
    .filter(({ body }) => body.kind === 'quarantined')
    .flatMap(({ body }) => [
      ...body.snapshots
        .filter((key) => !isLeftover({ key, reason: '' }, chains))
        .flatMap((key) => parseSnapshotKey(key)?.id ?? []),
      ...body.swept.flatMap(([writer, ranges]) =>
        ranges.flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, i) => SnapshotId.parse(`${writer}-${from + i}`)),
        ),
      ),
    ])
}

async function mendMarks(
  vault: OpenedVault,
  { marks }: SnapshotHistory,
  { dryRun }: RepairRequest,
  env: RepairEnv,
): Promise<{ putAgain: number; aside: string[] }> {
  let putAgain = 0
  for (const { key } of marks.broken) {
    const bytes = isMarkKey(key) ? env.cache.get(`${vault.id}/${key}`) : undefined
    if (bytes === undefined) continue
    try {
      const body = readMark(key, bytes, vault.keys.mac)
      if (!dryRun) await putMark(vault, body, env)
      putAgain += 1
    } catch (error) {
      if (!isDamage(error)) throw error // a damaged cache helps nobody
    }
  }
  return { putAgain, aside: marks.broken.map(({ key }) => key) }
}
