import type { KitPort, KitStatus } from '@holdfast/api'
import { formatPlace, HoldfastError, type Vault, type VaultId } from '@holdfast/domain'
import type { History } from '@holdfast/history'
import { type RcloneClient, readRemoteOptions } from '@holdfast/rclone'
import { makeKit, readKit } from '@holdfast/vault'
import { actOf, auditActor } from '../audit.ts'
import type { DownloadDesk } from '../downloads/download-desk.ts'
import { kitContents, notesOnRemotes } from '../kit/kit-contents.ts'
import { kitPaper, sheetPaper } from '../kit/kit-papers.ts'
import { hashOfWay, type KitRecord, type KitWatch } from '../kit/kit-watch.ts'
import type { ProgramDesk } from '../program/program-desk.ts'
import { pdfOf } from '../reports/pdf-of.ts'
import type { Vaults } from '../vaults/vaults.ts'

/** Kits that were made and not yet said to be saved; each is some kilobytes. */
const MADE_KEPT = 20

/** Makes recovery kits, and remembers which one was saved. */
export function createKitPort(parts: {
  history: History
  vaults: Vaults
  client: RcloneClient
  watch: KitWatch
  programs: Pick<ProgramDesk, 'keptIn'>
  downloads: Pick<DownloadDesk, 'keepText'>
  machine: () => string
  now: () => Date
  publish: () => void
}): KitPort {
  const { history, vaults, client, watch, downloads, machine, now } = parts
  const made = new Map<string, { record: KitRecord; bytes: Uint8Array }>()

  async function vaultOf(id: VaultId): Promise<Vault> {
    const vault = await history.vaults.get(id)
    if (vault !== undefined) return vault
    throw new HoldfastError('NOT_A_VAULT', 'No plan of this machine uses such a vault.')
  }

  async function sealed(vault: Vault) {
    const { vault: opened, env } = await vaults.opened(vault)
    const remotes = await readRemoteOptions(client, vault.place)
    const bytes = await makeKit(opened, await kitContents(vault, remotes, { opened, env }), env)
    return { remotes, bytes }
  }

  function madeAt(id: VaultId, at: Date) {
    const kit = made.get(keyOf(id, at))
    if (kit !== undefined) return kit
    throw new HoldfastError('INPUT_INVALID', 'This kit was not made just now.', { next: 'Make it again.' })
  }

  async function statusOf(vault: Vault): Promise<KitStatus> {
    const { id, name, place, encrypted } = vault
    const [record, kept] = await Promise.all([watch.record(id), parts.programs.keptIn(id)])
    return {
      ...{ vault: id, name, place: formatPlace(place), encrypted },
      ...{ savedAt: record?.made ?? null, outdated: record?.outdated ?? null },
      program:
        kept === undefined ? null : { version: kept.version, bytes: kept.bytes, storedAt: kept.storedAt },
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
      const { remotes, bytes } = await sealed(vault)
      const kit = readKit(bytes)
      const record: KitRecord = {
        ...{ made: new Date(kit.made), vaultFile: kit.vaultFile, keys: kit.keys, outdated: null },
        way: hashOfWay(vault.place, remotes),
      }
      for (const key of made.keys()) if (made.size >= MADE_KEPT) made.delete(key)
      made.set(keyOf(id, record.made), { record, bytes })
      const what = { at: now(), act: 'kit.make', subject: id, after: { made: kit.made } }
      await history.audit.append(actOf(auditActor(actor), what))
      return {
        ...{ vault: id, made: record.made, text: Buffer.from(bytes).toString('utf8') },
        fileName: `holdfast-kit-${fileNameOf(vault)}-${dayOf(record.made)}.json`,
        notes: notesOnRemotes(remotes, { encrypted: vault.encrypted }),
      }
    },
    async page({ vault: id, made: at, paper }, actor) {
      const vault = await vaultOf(id)
      const { record, bytes } = madeAt(id, at)
      const { vault: opened, env } = await vaults.opened(vault)
      const remotes = await readRemoteOptions(client, vault.place)
      const around = { opened, env, remotes, machine: machine() }
      const kit = await kitPaper(vault, { made: record.made, bytes }, around)
      const pdf = await pdfOf({ kind: 'kit', kit, paper })
      const after = { made: record.made, codes: kit.parts.length }
      await history.audit.append(actOf(auditActor(actor), { at: now(), act: 'kit.page', subject: id, after }))
      const name = `holdfast-kit-${fileNameOf(vault)}-${dayOf(record.made)}.pdf`
      return downloads.keepText({ name, type: 'application/pdf', text: pdf, role: 'owner' }, actor.device)
    },
    async sheet({ vault: id, passphrase, paper }, actor) {
      const vault = await vaultOf(id)
      const { vault: opened, env } = await vaults.opened(vault)
      const { remotes, bytes } = await sealed(vault)
      const kit = { made: now(), bytes }
      const sheet = await sheetPaper(vault, kit, { opened, env, remotes, passphrase })
      const pdf = await pdfOf({ kind: 'sheet', sheet, paper })
      // Before the link is given: what lets others in is never handed out unwritten.
      await history.audit.append(actOf(auditActor(actor), { at: now(), act: 'kit.sheet', subject: id }))
      const name = `holdfast-emergency-sheet-${fileNameOf(vault)}-${dayOf(kit.made)}.pdf`
      return downloads.keepText({ name, type: 'application/pdf', text: pdf, role: 'owner' }, actor.device)
    },
    async saved(id, at, actor) {
      const vault = await vaultOf(id)
      const { record } = madeAt(id, at)
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

const keyOf = (id: VaultId, made: Date) => `${id} ${made.getTime()}`

const fileNameOf = ({ name }: Vault) => name.replace(/[^A-Za-z0-9_-]+/g, '-')

const dayOf = (at: Date) => at.toISOString().slice(0, 10)
