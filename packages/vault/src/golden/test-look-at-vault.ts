import { createMemoryTree } from '@holdfast/testkit'
import { type CheckSummary, check } from '../check.ts'
import type { ObjectStore } from '../ports.ts'
import { restore } from '../restore.ts'
import { listEntries } from '../snapshot/list-entries.ts'
import { listSnapshots } from '../snapshots.ts'
import { seededRandom } from '../test-vault.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { CryptPasswords } from '../vault/keys.ts'
import { openVault } from '../vault/open-vault.ts'
import { treeListing } from './test-tree-listing.ts'

/** Everything that today's code sees in a vault: what `expected.json` of a golden vault holds. */
export type VaultView = {
  readonly id: string
  readonly encrypted: boolean
  readonly snapshots: readonly {
    readonly id: string
    readonly kind: string
    readonly state: string
    readonly time: string
    readonly machine: string
    readonly tag: string | null
    readonly outcome: string
    readonly files: number
    readonly bytes: number
    /** Entries that a listing of it names. */
    readonly entries: number
    /** What it restores to, and what does not come back. */
    readonly restored: readonly string[]
    readonly skipped: readonly string[]
    readonly verified: boolean
  }[]
  readonly check: {
    readonly ok: boolean
    readonly damaged: readonly { object: string; kind: string; affects: readonly string[] }[]
    readonly garbage: readonly string[]
    readonly waiting: readonly string[]
  }
}

/** Opens, lists, restores and checks a vault, all of it. */
export async function lookAtVault(
  doors: {
    readonly outer: ObjectStore
    openInner(passwords: CryptPasswords | undefined): Promise<ObjectStore>
  },
  passphrase: string | undefined,
): Promise<VaultView> {
  const env: EngineEnv = {
    clock: { nowMs: () => Date.UTC(2027, 0, 1), nowNs: () => BigInt(Date.UTC(2027, 0, 1)) * 1_000_000n },
    random: seededRandom(),
    cache: { get: () => undefined, put: () => undefined, keys: () => [], retain: () => undefined },
  }
  const secret =
    passphrase === undefined ? ({ kind: 'none' } as const) : ({ kind: 'passphrase', passphrase } as const)
  const vault = await openVault(doors, secret, env)
  const snapshots: VaultView['snapshots'][number][] = []
  const infos = await listSnapshots(vault, env, { all: true })
  for (const { id, kind, state, time, machine, tag, outcome, files, bytes } of infos) {
    const target = createMemoryTree()
    let entries = 0
    try {
      for await (const _ of listEntries(vault, { snapshot: id, recursive: true }, env)) entries += 1
    } catch {
      entries = -1 // a damaged list: what restores of it stands below
    }
    const request = { snapshot: id, paths: [], conflict: 'keep-both', owners: true, dryRun: false } as const
    for await (const event of restore(vault, request, { ...env, target, threads: 0 })) {
      if (event.type !== 'finished') continue
      const skipped = event.summary.skipped.map(({ path }) => path).sort()
      const shown = skipped.length > 20 ? [`${skipped.length} entries`] : skipped
      snapshots.push({
        ...{ id, kind, state, time: time.toISOString(), machine, tag, outcome, files, bytes, entries },
        restored: treeListing(target, '/docs'),
        ...{ skipped: shown, verified: event.summary.verified },
      })
    }
  }
  let summary: CheckSummary | undefined
  for await (const event of check(vault, { read: { kind: 'all' } }, { ...env, threads: 0 }))
    if (event.type === 'finished') summary = event.summary
  const damaged = (summary?.damaged ?? []).map(({ object, kind, affects }) => {
    const hit = affects.map(({ snapshot, path }) => `${snapshot} ${path}`)
    return { object, kind, affects: hit.length > 20 ? [`${hit.length} entries`] : hit }
  })
  const { ok = false, garbage = [], waiting = [] } = summary ?? {}
  return { id: vault.id, encrypted: vault.encrypted, snapshots, check: { ok, damaged, garbage, waiting } }
}
