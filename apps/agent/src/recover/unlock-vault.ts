import { HoldfastError, type Plan, type Vault, type VaultId } from '@holdfast/domain'
import type { AuditActor, History } from '@holdfast/history'
import type { Home } from '@holdfast/host'
import { claimWriter, listSnapshots, type VaultSecret } from '@holdfast/vault'
import { actOf } from '../audit.ts'
import type { Vaults } from '../vaults/vaults.ts'
import { type Recovery, writeRecovery } from './recovery.ts'
import type { Standings } from './standings.ts'

export type UnlockParts = {
  readonly history: History
  readonly home: Home
  readonly vaults: Pick<Vaults, 'openThere' | 'opened'>
  readonly standings: Standings
  readonly now: () => Date
}

/** The vaults of a recovered machine's plans that the kit did not open: each wants its own passphrase once. */
export function lockedVaults(
  recovery: Recovery | undefined,
  plans: readonly Plan[],
): { vault: Vault; plans: string[] }[] {
  if (recovery === undefined) return []
  const locked = new Map<VaultId, { vault: Vault; plans: string[] }>()
  for (const { id, name, vault } of plans) {
    const isOpen = vault.id === recovery.vault || recovery.unlocked.includes(vault.id)
    // A plan that was made here came with its vault open.
    if (isOpen || !recovery.waiting.includes(id)) continue
    const found = locked.get(vault.id) ?? { vault, plans: [] }
    found.plans.push(name)
    locked.set(vault.id, found)
  }
  return [...locked.values()]
}

/**
 * Opens another vault of the recovered machine, keeps its key sealed here, and stands in it as in the first one: as
 * the machine after a take-over, otherwise as a reader. Safe to repeat. NOT_A_VAULT, LOCKED, PASSPHRASE_MISSING,
 * REMOTE_*.
 */
export async function unlockVault(
  { history, home, vaults, standings, now }: UnlockParts,
  { vault, passphrase, recovery }: { vault: Vault; passphrase: string | null; recovery: Recovery },
  by: AuditActor,
): Promise<void> {
  const secret: VaultSecret = passphrase === null ? { kind: 'none' } : { kind: 'passphrase', passphrase }
  const there = await vaults.openThere(vault.place, secret, by)
  if (there.id !== vault.id)
    throw new HoldfastError('NOT_A_VAULT', `There is another vault at the place of ${vault.name}.`, {
      next: 'Look where it lies now, and make the plan anew on it.',
    })
  const { vault: opened, env } = await vaults.opened(vault)
  const { writer, machine, how } = recovery
  const own = (await listSnapshots(opened, env, { all: true })).filter((one) => one.writer === writer)
  if (how === 'take-over')
    await claimWriter(opened, { writer, installation: home.installation, machine, takeOver: true }, env)
  else await standings.set(vault.id, { kind: 'reader', machine, since: now() })
  home.remember(vault.id, { [writer]: Math.max(0, ...own.map(({ seq }) => seq)) })
  const unlocked = [...new Set([...recovery.unlocked, vault.id])]
  await writeRecovery(history, { ...recovery, unlocked }, now())
  const what = { at: now(), act: 'recover.unlock', subject: vault.id, after: { how } }
  await history.audit.append(actOf(by, what))
}
