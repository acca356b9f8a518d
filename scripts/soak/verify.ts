import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SnapshotId } from '@holdfast/domain'
import { createTargetTree, systemClock, systemRandom } from '@holdfast/host'
import { createRcloneStore, cryptOptions, findRclone, startRcloneDaemon } from '@holdfast/rclone'
import { check, listSnapshots, openVault, restore, type SnapshotInfo } from '@holdfast/vault'
import { differences, readTreeState, type TreeState } from './tree-state.ts'

/** Looks into a vault with a fresh eye: nothing kept from earlier looks, nothing of the home that writes it. */
export type VaultReader = AsyncDisposable & {
  /** Newest first, without what a prune has hidden. */
  list(): Promise<SnapshotInfo[]>
  /** Restores a snapshot and rejects with what differs from the tree that it was made of. */
  compare(id: SnapshotId, expected: TreeState): Promise<void>
  /** Rejects when anything that a snapshot needs is not there. */
  checkStructure(): Promise<void>
}

/** Opens the vault in the folder `place`; `passphrase` undefined for a plain one. `dir` is for files of its own. */
export async function openVaultReader(
  place: string,
  passphrase: string | undefined,
  dir: string,
): Promise<VaultReader> {
  await using stack = new AsyncDisposableStack()
  mkdirSync(dir, { recursive: true })
  const { binary } = await findRclone(process.env.PATH ?? '')
  const start = async (remotes: Record<string, Record<string, string>>) => {
    const files = { configFile: join(dir, 'rclone.conf'), stateDir: join(dir, 'state') }
    return stack.use(await startRcloneDaemon({ binary, remotes, ...files })).client
  }
  const outer = await start({})
  const storeAt = (client: typeof outer, fs: string) =>
    createRcloneStore(client, { fs, spoolDir: join(dir, 'spool'), checksums: 'skip' })
  // Starting threads for each look would cost more than they bring.
  const env = {
    ...{ clock: systemClock, random: systemRandom, threads: 0 },
    cache: { get: () => undefined, put: () => undefined, retain: () => undefined },
  }
  const doors = {
    outer: storeAt(outer, place),
    openInner: async (passwords: Parameters<typeof cryptOptions>[1] | undefined) => {
      if (passwords === undefined) return storeAt(outer, join(place, 'v1'))
      return storeAt(await start({ soak: cryptOptions(join(place, 'v1'), passwords, systemRandom) }), 'soak:')
    },
  }
  const secret =
    passphrase === undefined ? ({ kind: 'none' } as const) : ({ kind: 'passphrase', passphrase } as const)
  const vault = await openVault(doors, secret, env)
  const parts = stack.move()
  const target = join(dir, 'restored')

  return {
    list: () => listSnapshots(vault, env),
    async compare(snapshot, expected) {
      rmSync(target, { recursive: true, force: true })
      const owners = process.geteuid?.() === 0
      const request = { snapshot, paths: [], conflict: 'overwrite', owners, dryRun: false } as const
      for await (const event of restore(vault, request, { ...env, target: createTargetTree(target) }))
        if (event.type === 'skipped') throw new Error(`${snapshot} misses ${event.path}: ${event.reason}`)
      compareRestored(target, snapshot, expected)
      rmSync(target, { recursive: true, force: true })
    },
    async checkStructure() {
      for await (const event of check(vault, { read: { kind: 'none' } }, env))
        if (event.type === 'finished' && !event.summary.ok)
          throw new Error(`the vault is damaged: ${JSON.stringify(event.summary.damaged)}`)
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  }
}

/** Throws what differs between a folder with one restored source and the tree it was made of. */
export function compareRestored(folder: string, snapshot: string, expected: TreeState): void {
  const names = readdirSync(folder)
  const [source] = names
  if (source === undefined || names.length > 1)
    throw new Error(`${snapshot} restored ${JSON.stringify(names)} instead of one source`)
  const found = differences(expected, readTreeState(join(folder, source)))
  if (found.length > 0) throw new Error(`${snapshot} came back changed:\n  ${found.join('\n  ')}`)
}
