import type { Vault, VaultId } from '@holdfast/domain'
import { buildNameCache } from '@holdfast/vault'
import type { Vaults } from '../vaults/vaults.ts'

/** Keeps each vault's cache of names up to its snapshots, in the background. Disposing stops what it builds. */
export type NameKeeper = AsyncDisposable & {
  /** After a run, or when somebody looks for something; one at a time for each vault. */
  refresh(vault: Vault): void
  /** The same, but only once since the agent started. */
  wanted(vault: Vault): void
}

export function createNameKeeper(parts: { vaults: Vaults; onError: (error: unknown) => void }): NameKeeper {
  const stop = new AbortController()
  const working = new Map<VaultId, { done: Promise<void>; again: boolean }>()
  const asked = new Set<VaultId>()

  async function build(vault: Vault): Promise<void> {
    try {
      const opened = await parts.vaults.opened(vault)
      await buildNameCache(opened.vault, { ...opened.env, signal: stop.signal })
    } catch (error) {
      // Searches are slower without it, and right all the same.
      if (!stop.signal.aborted) parts.onError(error)
    }
  }

  function refresh(vault: Vault): void {
    asked.add(vault.id)
    const busy = working.get(vault.id)
    if (busy !== undefined) busy.again = true
    if (busy !== undefined || stop.signal.aborted) return
    const entry = { done: Promise.resolve(), again: false }
    working.set(vault.id, entry)
    entry.done = build(vault).then(() => {
      working.delete(vault.id)
      if (entry.again) refresh(vault)
    })
  }

  return {
    refresh,
    wanted(vault) {
      if (!asked.has(vault.id)) refresh(vault)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all([...working.values()].map(({ done }) => done))
    },
  }
}
