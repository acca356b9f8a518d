import { join } from 'node:path'
import { createRcloneStore, cryptOptions, findRclone, startRcloneDaemon } from '@holdfast/rclone'
import { createTemporaryFolder } from '@holdfast/testkit'
import type { CryptPasswords } from '@holdfast/vault'
import type { ObjectStore } from '@holdfast/vault/ports'

/** A vault in a folder of this machine as `openVault` wants it, through real rclone and its crypt. */
export type FolderVault = AsyncDisposable & {
  readonly outer: ObjectStore
  openInner(passwords: CryptPasswords | undefined): Promise<ObjectStore>
}

/** Starts rclone for the folder. RCLONE_MISSING, RCLONE_OLD. */
export async function openFolderVault(folder: string): Promise<FolderVault> {
  const { binary } = await findRclone(process.env.PATH ?? '')
  const state = await createTemporaryFolder()
  await using stack = new AsyncDisposableStack()
  stack.use(state)
  const startWith = (name: string, remotes: Record<string, Record<string, string>>) =>
    startRcloneDaemon({
      binary,
      configFile: join(state.path, `${name}.conf`),
      stateDir: join(state.path, name),
      remotes,
    })
  const plain = stack.use(await startWith('plain', {}))
  const spoolDir = join(state.path, 'spool')
  const kept = stack.move()
  return {
    outer: createRcloneStore(plain.client, { fs: folder, spoolDir }),
    async openInner(passwords) {
      const base = join(folder, 'v1')
      if (passwords === undefined) return createRcloneStore(plain.client, { fs: base, spoolDir })
      const random = { bytes: (length: number) => new Uint8Array(length) }
      const daemon = await startWith('crypt', { golden: cryptOptions(base, passwords, random) })
      kept.use(daemon)
      return createRcloneStore(daemon.client, { fs: 'golden:', spoolDir })
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
