import type { KitPort, KitStatus } from '@holdfast/api'
import { formatPlace, HoldfastError, type Vault, type VaultId } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { type RcloneClient, readRemoteOptions } from '@holdfast/rclone'
import { makeKit, readKit } from '@holdfast/vault'
import { actOf, auditActor } from '../audit.ts'
import { kitContents, notesOnRemotes } from '../kit/kit-contents.ts'
import { hashOfWay, type KitRecord, type KitWatch } from '../kit/kit-watch.ts'
import type { Vaults } from '../vaults/vaults.ts'

/** Makes recovery kits, and remembers which one was saved. */
export function createKitPort(parts: {
  history: History
  vaults: Vaults
  client: RcloneClient
  watch: KitWatch
  now: () => Date
  publish: () => void
}): KitPort {
  const { history, vaults, client, watch, now } = parts
  /** Made, and not yet said to be saved. */
  const made = new Map<string, KitRecord>()

  async function vaultOf(id: VaultId): Promise<Vault> {
    const vault = await history.vaults.get(id)
    if (vault !== undefined) return vault
    throw new HoldfastError('NOT_A_VAULT', 'No plan of this machine uses such a vault.')
  }

  async function statusOf(vault: Vault): Promise<KitStatus> {
    const { id, name, place, encrypted } = vault
    const record = await watch.record(id)
    return {
      ...{ vault: id, name, place: formatPlace(place), encrypted },
      ...{ savedAt: record?.made ?? null, outdated: record?.outdated ?? null },
    }
  }

  return {
    async list() {
      const used = new Set((await history.plans.list()).map(({ vault }) => vault.id))
      const vaultsInUse = (await history.vaults.list()).filter(({ id }) => used.has(id))
      return Promise.all(vaultsInUse.map(statusOf))
    },
    async make(id, actor) {
      const vault = await vaultOf(id)
      const { vault: opened, env } = await vaults.opened(vault)
      const remotes = await readRemoteOptions(client, vault.place)
      const bytes = await makeKit(opened, await kitContents(vault, remotes, { opened, env }), env)
      const kit = readKit(bytes)
      const record: KitRecord = {
        ...{ made: new Date(kit.made), vaultFile: kit.vaultFile, keys: kit.keys, outdated: null },
        way: hashOfWay(vault.place, remotes),
      }
      made.set(`${id} ${record.made.getTime()}`, record)
      const what = { at: now(), act: 'kit.make', subject: id, after: { made: kit.made } }
      await history.audit.append(actOf(auditActor(actor), what))
      const day = kit.made.slice(0, 10)
      return {
        ...{ vault: id, made: record.made, text: Buffer.from(bytes).toString('utf8') },
        fileName: `holdfast-kit-${vault.name.replace(/[^A-Za-z0-9_-]+/g, '-')}-${day}.json`,
        notes: notesOnRemotes(remotes, { encrypted: vault.encrypted }),
      }
    },
    async saved(id, at, actor) {
      const vault = await vaultOf(id)
      const record = made.get(`${id} ${at.getTime()}`)
      if (record === undefined)
        throw new HoldfastError('INPUT_INVALID', 'This kit was not made just now.', {
          next: 'Make it again.',
        })
      const before = await watch.record(id)
      await watch.remember(id, record)
      const change = { before: { saved: before?.made ?? null }, after: { saved: record.made } }
      const what = { at: now(), act: 'kit.saved', subject: id, ...change }
      await history.audit.append(actOf(auditActor(actor), what))
      parts.publish()
      return statusOf(vault)
    },
  }
}
