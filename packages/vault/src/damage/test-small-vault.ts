import { MINUTE_MS, WriterId } from '@holdfast/domain'
import type { StoredObject } from '@holdfast/testkit'
import { type CheckSummary, check } from '../check.ts'
import { loadIndex } from '../index/load-index.ts'
import { putMark } from '../marks/put-mark.ts'
import type { KnownSeqs } from '../prune/read-vault-state.ts'
import { readSnapshots } from '../snapshot/read-snapshots.ts'
import { createTestVault, seededRandom, type TestVault } from '../test-vault.ts'

/** A kind of object, by its place in the vault. */
export type Kind =
  | 'data pack'
  | 'meta pack'
  | 'index'
  | 'snapshot'
  | 'mark'
  | 'claim'
  | 'vault.json'
  | 'outer vault.json'

/** A small vault with an object of every kind, and what each of its snapshots restores to. */
export type SmallVault = {
  readonly t: TestVault
  readonly snapshots: ReadonlyMap<string, readonly string[]>
  /** Keys of a kind, in order. */
  keys(kind: Kind): string[]
  /** Every object, to be put back after an experiment. */
  readonly sound: ReadonlyMap<string, StoredObject>
  reset(): void
  anotherMark(): Promise<void>
  check(known: KnownSeqs): Promise<CheckSummary>
}

export async function createSmallVault(): Promise<SmallVault> {
  const t = await createTestVault()
  const { source } = t
  const snapshots = new Map<string, readonly string[]>()
  const take = async (writer = '0123abcd') => {
    const { snapshot } = await t.backup({ writer: WriterId.parse(writer) })
    snapshots.set(snapshot, source.describe('/docs'))
  }
  source.mkdir('/docs/sub')
  source.write('/docs/a.txt', 'a'.repeat(3000))
  source.write('/docs/sub/noise.bin', seededRandom(3).bytes(1_200_000))
  source.write('/docs/sub/b.txt', 'b'.repeat(2000))
  // So many that their rows make an index object.
  for (let i = 0; i < 830; i += 1) source.write(`/docs/sub/${i}`, `file number ${i}`)
  await take()
  source.write('/docs/a.txt', 'another a')
  source.write('/docs/c.txt', seededRandom(4).bytes(1000))
  await take()
  await take('89abcdef')
  source.symlink('/docs/link', 'a.txt')
  source.write('/docs/sub/more.bin', seededRandom(5).bytes(1_100_000))
  await take()
  t.wait(MINUTE_MS)
  await putMark(
    t.vault,
    {
      kind: 'doomed',
      installation: '00112233aabbccdd',
      graceMs: 1e12,
      packs: [`packs/00/${'0'.repeat(32)}-0000.tar.zst`],
    },
    t.env,
  )
  const history = await readSnapshots(t.vault, t.env)
  const { packs } = (await loadIndex(t.vault, history, t.env)).index
  const meta = new Set(packs.filter(({ kind }) => kind === 'meta').map(({ pack }) => pack))
  const sound = new Map(t.inner.objects)
  const all = new Set(sound.keys())
  const outer = new Map(t.outer.objects)
  return {
    t,
    snapshots,
    sound,
    keys(kind) {
      const folder = {
        'data pack': 'packs/',
        'meta pack': 'packs/',
        index: 'index/',
        snapshot: 'snaps/',
        mark: 'marks/',
        claim: 'writers/',
      }
      if (kind === 'vault.json') return ['vault.json']
      if (kind === 'outer vault.json') return []
      return [...all]
        .filter((key) => t.inner.objects.has(key))
        .filter((key) => key.startsWith(folder[kind]))
        .filter((key) => !kind.endsWith('pack') || meta.has(key) === (kind === 'meta pack'))
        .sort()
    },
    async anotherMark() {
      const installation = '00112233aabbccdd'
      all.add(await putMark(t.vault, { kind: 'swept', installation, swept: [] }, t.env))
    },
    async check(known) {
      const request = { read: { kind: 'all' }, known } as const
      for await (const event of check(t.vault, request, { ...t.env, threads: 0 }))
        if (event.type === 'finished') return event.summary
      throw new Error('the check did not finish')
    },
    reset() {
      for (const [store, objects] of [
        [t.inner, sound],
        [t.outer, outer],
      ] as const) {
        store.objects.clear()
        for (const [key, object] of objects) store.objects.set(key, object)
      }
    },
  }
}
