import type { RecoverFindings, RecoverFrom } from '@holdfast/api'
import { HoldfastError, type Vault, type VaultPlace, type WriterId } from '@holdfast/domain'
import type { AuditActor } from '@holdfast/history'
import { addHeldRemote, findProvider, type RcloneClient, readPastedToken } from '@holdfast/rclone'
import { type Kit, kitFromText, openKit, type VaultSecret } from '@holdfast/vault'
import type { Vaults } from '../vaults/vaults.ts'

/** A vault that was reached and opened; its key is kept on this machine from here on. */
export type HeldVault = {
  readonly kind: 'open'
  readonly vault: Vault
  readonly kitMade: Date | null
  /** The kit as it goes on being good: not one whose vault was found elsewhere. */
  readonly kit: Pick<Kit, 'made' | 'vaultFile' | 'keys'> | null
  /** What the kit remembers of each machine. */
  readonly kitWriters: readonly {
    readonly writer: WriterId
    readonly seq: number
    readonly machine: string
  }[]
}

/**
 * Reaches and opens the vault that a kit tells of, or that lies at a place. Remotes out of a kit are made only when
 * they run no program (REMOTE_REFUSED). KIT_DAMAGED, LOCKED, PASSPHRASE_MISSING, NOT_A_VAULT, REMOTE_*.
 */
export async function openHeld(
  { client, vaults }: { client: RcloneClient; vaults: Vaults },
  from: RecoverFrom,
  by: AuditActor,
): Promise<HeldVault | Extract<RecoverFindings, { kind: 'sign-in' }>> {
  const secret: VaultSecret =
    from.passphrase === null ? { kind: 'none' } : { kind: 'passphrase', passphrase: from.passphrase }
  if (from.kit === null) {
    if (from.place === null) throw new HoldfastError('INPUT_INVALID', 'A recovery kit or a place, please.')
    const vault = await vaults.openThere(from.place, secret, by)
    return { kind: 'open', vault, kitMade: null, kit: null, kitWriters: [] }
  }
  const kit = await openKit(kitFromText(from.kit), secret)
  const place = from.place ?? kit.place
  if (from.place === null) {
    const unsigned = await makeRemotes(client, kit, from.tokens)
    if (unsigned.length > 0) return { kind: 'sign-in', remotes: unsigned }
  }
  const key: VaultSecret = kit.encrypted ? { kind: 'master-key', masterKey: kit.masterKey } : { kind: 'none' }
  const vault = await vaults.openThere(place, key, by)
  checkSame(vault, kit, place)
  const good = from.place === null ? kit : null
  return { kind: 'open', vault, kitMade: kit.made, kit: good, kitWriters: kit.writers }
}

/** Answers the remotes that somebody has to sign in to first; none is made then. */
async function makeRemotes(
  client: RcloneClient,
  kit: Kit,
  tokens: RecoverFrom['tokens'],
): Promise<Extract<RecoverFindings, { kind: 'sign-in' }>['remotes']> {
  const entries = Object.entries(kit.remotes)
  const unsigned = entries.filter(([name, { token }]) => token === '' && tokens[name] === undefined)
  if (unsigned.length > 0)
    return unsigned.map(([name, { type = '' }]) => {
      return { name, type, command: `rclone authorize "${type}"` }
    })
  // Those that others are built upon come last in a kit, and nobody looks at one before all are there.
  for (const [name, { ...section }] of entries) {
    const text = tokens[name]
    if (text !== undefined) {
      const { token, others } = readPastedToken(text, await findProvider(client, section.type ?? ''))
      Object.assign(section, others, { token })
    }
    await addHeldRemote(client, name, section)
  }
  return []
}

function checkSame(vault: Vault, kit: Kit, place: VaultPlace): void {
  if (vault.id === kit.vault) return
  const where = place.kind === 'folder' ? place.path : place.remote
  throw new HoldfastError('NOT_A_VAULT', `There is another vault at ${where} than the kit's.`, {
    next: 'Give the place of the vault by hand.',
  })
}
