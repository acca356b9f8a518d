import { formatPlace, HoldfastError, isHoldfastError, type Vault } from '@holdfast/domain'
import { cryptOptions, placeFs } from '@holdfast/rclone'
import {
  cryptPasswordsOf,
  type EngineEnv,
  kitParts,
  kitWriters,
  type OpenedVault,
  openKit,
} from '@holdfast/vault'
import { notesOnRemotes, type Remotes } from './kit-contents.ts'
import type { KitPaper } from './kit-document.ts'
import type { SheetPaper } from './sheet-document.ts'

/** Options that tell where a remote is and hold nothing secret. */
const OPEN_OPTIONS = ['provider', 'host', 'port', 'url', 'endpoint', 'region', 'remote', 'share', 'bucket']

export type MadeKitFile = { readonly made: Date; readonly bytes: Uint8Array }
type Opened = { readonly opened: OpenedVault; readonly env: EngineEnv }

/** What the printable page of a kit shows; nothing of it opens the vault. INPUT_INVALID when it is too big for paper. */
export async function kitPaper(
  vault: Vault,
  kit: MadeKitFile,
  { opened, env, remotes, machine }: Opened & { remotes: Remotes; machine: string },
): Promise<KitPaper> {
  const machines = new Set([machine, ...(await kitWriters(opened, env)).map((one) => one.machine)])
  return {
    ...{ vault: vault.id, vaultName: vault.name, encrypted: vault.encrypted, made: onPaper(kit.made) },
    ...{ place: formatPlace(vault.place), remotes: Object.entries(remotes).map(openLine) },
    ...{ machines: [...machines], notes: notesOnRemotes(remotes, vault), parts: kitParts(kit.bytes) },
  }
}

/**
 * What the clear emergency sheet shows: everything that opens the vault. The passphrase is tried on the kit first:
 * LOCKED unless it opens it. A plain vault needs no such sheet: INPUT_INVALID.
 */
export async function sheetPaper(
  vault: Vault,
  kit: MadeKitFile,
  { opened, env, remotes, passphrase }: Opened & { remotes: Remotes; passphrase: string },
): Promise<SheetPaper> {
  if (!vault.encrypted)
    throw new HoldfastError(
      'INPUT_INVALID',
      'The vault is plain: whoever reaches it reads it without any sheet.',
    )
  await tryPassphrase(kit.bytes, passphrase)
  const crypt = cryptOptions(
    placeFs(vault.place, 'v1'),
    cryptPasswordsOf(opened.masterKey, vault.id),
    env.random,
  )
  const names = new Set(Object.keys(remotes))
  const name = names.has('holdfast') ? `holdfast-${vault.id.slice(0, 8)}` : 'holdfast'
  return {
    ...{ vault: vault.id, vaultName: vault.name, place: formatPlace(vault.place), made: onPaper(kit.made) },
    ...{ passphrase, opensAs: name, rcloneConf: configText({ ...remotes, [name]: crypt }) },
    notes: notesOnRemotes(remotes, vault),
  }
}

async function tryPassphrase(kit: Uint8Array, passphrase: string): Promise<void> {
  try {
    await openKit(kit, { kind: 'passphrase', passphrase })
  } catch (cause) {
    if (!isHoldfastError(cause, 'LOCKED')) throw cause
    throw new HoldfastError('LOCKED', 'This is not the passphrase of the vault.', { cause })
  }
}

/** A remote for the eye, `nas: sftp, host 10.0.0.2`; a name and password in a URL are left out. */
function openLine([name, section]: readonly [string, Readonly<Record<string, string>>]): string {
  const shown = OPEN_OPTIONS.flatMap((key) => {
    const value = (section[key] ?? '').replace(/\/\/[^/@]*@/, '//')
    return value === '' ? [] : [`${key} ${value}`]
  })
  return `${name}: ${[section.type ?? '', ...shown].join(', ')}`
}

/** Sections as rclone writes them, sign-ins left out. */
function configText(remotes: Remotes): string {
  return Object.entries(remotes)
    .map(([name, section]) => {
      const lines = Object.entries(section).filter(([key, value]) => key !== 'token' && value !== '')
      return `[${name}]\n${lines.map(([key, value]) => `${key} = ${value}\n`).join('')}`
    })
    .join('\n')
}

function onPaper(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
