import { isHoldfastError, type WriterId } from '@holdfast/domain'
import { MAX_SEALED_BYTES } from '../snapshot/sealed-json.ts'
import { parseSnapshotKey } from '../snapshot/snapshot-format.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { isMarkKey, isSameMark, type Mark, readMark } from './mark-format.ts'

/** Everything that the marks of a vault say. */
export type Marks = {
  readonly marks: readonly Mark[]
  readonly broken: readonly { readonly key: string; readonly reason: string }[]
  /** Keys of snapshots that are to be deleted or were taken back: lists leave them out. */
  readonly hidden: ReadonlySet<string>
  /** Keys of suspect snapshots that somebody has looked at and found right. */
  readonly accepted: ReadonlySet<string>
  /** Keys of packs and index objects that are to be deleted or were set aside: writers treat them as absent. */
  readonly absent: ReadonlySet<string>
  /** Keys of damaged objects of any kind that a repair set aside. */
  readonly quarantined: ReadonlySet<string>
  /** True when the snapshot with this number was deleted on purpose, or may be by now. */
  explains(writer: WriterId, seq: number): boolean
  /** The highest sequence number of a writer that any mark names, 0 when none does. */
  highest(writer: WriterId): number
}

/** Reads all marks, eight at once. A damaged one is reported and says nothing. Rejects when the remote can't be read. */
export async function readMarks(vault: OpenedVault, env: EngineEnv): Promise<Marks> {
  const keys: string[] = []
  const marks: Mark[] = []
  const broken: { key: string; reason: string }[] = []
  for await (const { key, size } of vault.store.list('marks', { signal: env.signal })) {
    if (size <= MAX_SEALED_BYTES) keys.push(key)
    else broken.push({ key, reason: `The mark ${key} has ${size} bytes, too many for one.` })
  }
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) {
        try {
          marks.push(await readOne(vault, key, env))
        } catch (error) {
          if (!isHoldfastError(error, 'VAULT_DAMAGED') && !isHoldfastError(error, 'OBJECT_MISSING'))
            throw error
          broken.push({ key, reason: error.message })
        }
      }
    }),
  )
  env.cache.retain(`${vault.id}/marks`, new Set(marks.map(({ key }) => `${vault.id}/${key}`)))
  marks.sort((a, b) => (a.key < b.key ? -1 : 1))
  broken.sort((a, b) => (a.key < b.key ? -1 : 1))
  const meaning = meaningOf(marks)
  // An attempt that was cut short says no more than the one after it.
  const isDamage = ({ key }: { key: string }) =>
    !meaning.quarantined.has(key) && !marks.some((mark) => isSameMark(mark.key, key))
  return { ...meaning, marks, broken: broken.filter(isDamage) }
}

async function readOne(vault: OpenedVault, key: string, env: EngineEnv): Promise<Mark> {
  const cached = isMarkKey(key) ? env.cache.get(`${vault.id}/${key}`) : undefined
  if (cached !== undefined) {
    try {
      return { key, body: readMark(key, cached, vault.keys.mac) }
    } catch {
      // A damaged cache is no damaged vault: read the vault's own copy below.
    }
  }
  const bytes = await vault.store.get(key, { signal: env.signal })
  const body = readMark(key, bytes, vault.keys.mac)
  env.cache.put(`${vault.id}/${key}`, bytes)
  return { key, body }
}

function meaningOf(marks: readonly Mark[]): Omit<Marks, 'marks' | 'broken'> {
  const hidden = new Set<string>()
  const accepted = new Set<string>()
  const absent = new Set<string>()
  const quarantined = new Set<string>()
  const ranges = new Map<WriterId, [number, number][]>()
  for (const { body } of marks) {
    const { kind, snapshots, indexes, packs } = body
    // A repair says so of snapshots that are gone without a trace.
    for (const [writer, list] of body.swept) ranges.set(writer, [...(ranges.get(writer) ?? []), ...list])
    if (kind === 'swept') {
      for (const key of packs) absent.add(key)
      continue
    }
    if (kind === 'accepted') {
      for (const key of snapshots) accepted.add(key)
      continue
    }
    for (const key of snapshots) {
      ;(kind === 'quarantined' ? quarantined : hidden).add(key)
      // Deleting may stop between the snapshot and the mark that says so.
      const named = parseSnapshotKey(key)
      if (named !== undefined)
        ranges.set(named.writer, [...(ranges.get(named.writer) ?? []), [named.seq, named.seq]])
    }
    for (const key of [...indexes, ...packs]) {
      absent.add(key)
      if (kind === 'quarantined') quarantined.add(key)
    }
  }
  return {
    accepted,
    hidden,
    absent,
    quarantined,
    explains: (writer, seq) => (ranges.get(writer) ?? []).some(([from, to]) => from <= seq && seq <= to),
    highest: (writer) => Math.max(0, ...(ranges.get(writer) ?? []).map(([, to]) => to)),
  }
}
