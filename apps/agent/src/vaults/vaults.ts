import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatPlace, HoldfastError, type Vault, type VaultId, type VaultPlace } from '@holdfast/domain'
import type { AuditActor, History } from '@holdfast/history'
import { createFolderCache, type Home } from '@holdfast/host'
import {
  type CryptPasswords,
  checkPlaceAllowed,
  createCryptRemote,
  cryptOptions,
  cryptRemoteBase,
  encryptedFs,
  inlineCrypt,
  placeFs,
  type RcloneClient,
  type SupervisedRclone,
} from '@holdfast/rclone'
import {
  createVault,
  cryptPasswordsOf,
  type EngineEnv,
  inspectPlace,
  listSnapshots,
  type OpenedVault,
  openVault,
  type VaultDoors,
  type VaultSecret,
} from '@holdfast/vault'
import type { Clock, ObjectStore, Random } from '@holdfast/vault/ports'
import { z } from 'zod'
import { actOf } from '../audit.ts'
import type { CopyAccess, VaultAccess } from '../run/engine-messages.ts'
import type { Secrets } from '../secrets.ts'
import { filesAtPlace } from './files-at-place.ts'
import { importRemote } from './import-remote.ts'
import { openDoors } from './vault-doors.ts'

export type Vaults = {
  /**
   * What an engine process needs to reach and open a vault. Waits for rclone when that is being started again. LOCKED
   * when its key is not kept here, CANCELLED.
   */
  accessTo(vault: Vault, group: string, signal?: AbortSignal): Promise<VaultAccess>
  /**
   * Where an engine process finds the vault and a second copy of it as they lie, the copy's crypt remote made ready.
   * REMOTE_UNKNOWN, REMOTE_REFUSED, LOCKED.
   */
  copyAccess(vault: Vault, place: VaultPlace, by: AuditActor): Promise<CopyAccess>
  /** The highest snapshot number that this machine is known to have written there. */
  lastSeenSeq(id: VaultId): Promise<number>
  /** Opened with the key kept here, once; later calls get the same one, also after rclone was started again. */
  opened(vault: Vault): Promise<{ vault: OpenedVault; env: EngineEnv }>
  /**
   * The raw store of a place that may be used, its remote brought over from the user's own config where only that has
   * it. REMOTE_UNKNOWN, REMOTE_REFUSED.
   */
  reach(place: VaultPlace, by: AuditActor): Promise<ObjectStore>
  /** What lies at a place; see inspectPlace. Brings the place's remote over from the user's own config first. */
  inspect(place: VaultPlace, by: AuditActor): ReturnType<typeof inspectPlace>
  /**
   * Makes a vault at an empty place, or opens the one there; keeps its key sealed and its crypt remote ready. Without
   * a passphrase a new vault is plain.
   */
  makeOrOpen(place: VaultPlace, passphrase: string | null, by: AuditActor): Promise<Vault>
  /**
   * Opens the vault at a place and keeps its key sealed; never makes one. NOT_A_VAULT, LOCKED, PASSPHRASE_MISSING,
   * REMOTE_*.
   */
  openThere(place: VaultPlace, secret: VaultSecret, by: AuditActor): Promise<Vault>
  /** Opens the vault at a place with its passphrase, and keeps nothing of it. LOCKED, NOT_A_VAULT. */
  tryPassphrase(place: VaultPlace, passphrase: string, by: AuditActor): Promise<{ snapshots: number }>
  /** Ends whatever rclone still does in a group, resolves when it has stopped, and removes what waited for upload. */
  stopTransfers(group: string): Promise<void>
}

export function createVaults(parts: {
  home: Home
  rclone: SupervisedRclone
  client: RcloneClient
  secrets: Secrets
  history: History
  clock: Clock
  random: Random
  userRcloneConfig: readonly string[]
  /** Somebody else's: its configuration stays as it is, so that crypt remotes are given with each call. */
  borrowed: boolean
  /** Where nobody else may choose the code that runs here. */
  codeCache: string
}): Vaults {
  const { home, rclone, client, secrets, clock, random, borrowed } = parts
  /** By the folder below: rclone keeps what it opened by the whole string, so that each is made once. */
  const inline = new Map<string, string>()
  const open = new Map<VaultId, Promise<{ vault: OpenedVault; env: EngineEnv }>>()
  const envOf = (id: VaultId): EngineEnv => ({ clock, random, cache: createFolderCache(home.cacheDir(id)) })
  const doorsTo = (place: VaultPlace, innerFs: string) =>
    openDoors({
      client,
      outerFs: placeFs(place),
      innerFs,
      spoolDir: join(home.spoolDir, 'agent'),
      group: 'agent',
    })

  async function ready(place: VaultPlace, by: AuditActor): Promise<void> {
    if (place.kind === 'remote' && !borrowed) {
      const remotes = await importRemote(client, place.remote, parts.userRcloneConfig)
      const what = {
        at: new Date(clock.nowMs()),
        act: 'remote.import',
        subject: place.remote,
        after: { remotes },
      }
      if (remotes.length > 0) await parts.history.audit.append(actOf(by, what))
    }
    await checkPlaceAllowed(client, place)
  }

  /** The crypt remote can be made again from the key, should the config have been lost. */
  async function cryptReady(vault: Vault): Promise<void> {
    const masterKey = keptKey(secrets, vault)
    if (masterKey === null || borrowed) return
    const base = await cryptRemoteBase(client, cryptRemoteName(vault.id))
    if (base !== encryptedFs(vault.place)) await makeCrypt(vault, masterKey)
  }

  async function look(place: VaultPlace, outer: ObjectStore): ReturnType<typeof inspectPlace> {
    const examples = await filesAtPlace(client, place)
    return examples.length > 0 ? { kind: 'occupied', examples } : inspectPlace(outer)
  }

  async function openKept(vault: Vault): Promise<{ vault: OpenedVault; env: EngineEnv }> {
    const env = envOf(vault.id)
    await cryptReady(vault)
    const doors = await doorsTo(vault.place, innerOf(vault))
    const masterKey = keptKey(secrets, vault)
    return {
      vault: await openVault(
        doors,
        masterKey === null ? { kind: 'none' } : { kind: 'master-key', masterKey },
        env,
      ),
      env,
    }
  }

  return {
    async accessTo(vault, group, signal) {
      const { address } = await rclone.running({ signal })
      await cryptReady(vault)
      return {
        id: vault.id,
        rclone: address,
        outerFs: placeFs(vault.place),
        innerFs: innerOf(vault),
        masterKey: keptKey(secrets, vault),
        spoolDir: join(home.spoolDir, group),
        ...{ cacheDir: home.cacheDir(vault.id), codeCache: parts.codeCache },
        group,
      }
    },
    async copyAccess(vault, place, by) {
      await ready(place, by)
      const to = { outer: placeFs(place), inner: placeFs(place, 'v1') }
      const from = { outer: placeFs(vault.place), inner: placeFs(vault.place, 'v1') }
      const masterKey = keptKey(secrets, vault)
      if (masterKey === null) return { from, to, copyInnerFs: to.inner }
      const passwords = cryptPasswordsOf(masterKey, vault.id)
      if (borrowed) return { from, to, copyInnerFs: inlineOnce(to.inner, passwords) }
      const name = copyRemoteName(vault.id, place)
      const options = cryptOptions(to.inner, passwords, random)
      await createCryptRemote(client, name, options)
      return { from, to, copyInnerFs: `${name}:` }
    },
    async lastSeenSeq(id) {
      return Math.max(home.lastSeq(id, home.writer), await parts.history.vaults.lastSeq(id))
    },
    opened(vault) {
      const known = open.get(vault.id)
      if (known !== undefined) return known
      const opening = openKept(vault)
      open.set(vault.id, opening)
      // A vault that could not be opened now may well be there later.
      opening.catch(() => open.delete(vault.id))
      return opening
    },
    async reach(place, by) {
      await ready(place, by)
      return (await doorsTo(place, '/')).outer
    },
    async inspect(place, by) {
      await ready(place, by)
      return look(place, (await doorsTo(place, '/')).outer)
    },
    async makeOrOpen(place, passphrase, by) {
      await ready(place, by)
      return await withDraftDoors(place, async (doors, env) => {
        const found = await look(place, doors.outer)
        if (found.kind === 'occupied')
          throw new HoldfastError(
            'PLACE_NOT_EMPTY',
            `${formatPlace(place)} holds other things: ${found.examples.join(', ')}.`,
          )
        const opened =
          found.kind === 'vault'
            ? await openVault(
                doors,
                passphrase === null ? { kind: 'none' } : { kind: 'passphrase', passphrase },
                env,
              )
            : await createVault(
                doors,
                passphrase === null ? { kind: 'plain' } : { kind: 'passphrase', passphrase },
                env,
              )
        const vault = { id: opened.id, name: vaultName(place), place, encrypted: opened.encrypted }
        if (opened.encrypted) await keepKey(vault, opened.masterKey)
        home.remember(opened.id)
        open.delete(opened.id)
        return vault
      })
    },
    async openThere(place, secret, by) {
      await ready(place, by)
      return await withDraftDoors(place, async (doors, env) => {
        const opened = await openVault(doors, secret, env)
        const vault = { id: opened.id, name: vaultName(place), place, encrypted: opened.encrypted }
        if (opened.encrypted) await keepKey(vault, opened.masterKey)
        open.delete(opened.id)
        return vault
      })
    },
    async tryPassphrase(place, passphrase, by) {
      await ready(place, by)
      return await withDraftDoors(place, async (doors, env) => {
        const vault = await openVault(doors, { kind: 'passphrase', passphrase }, env)
        return { snapshots: (await listSnapshots(vault, env)).length }
      })
    },
    async stopTransfers(group) {
      // A daemon that died took its transfers along, and the next one knows nothing of them: no wait for that.
      const running = rclone.current()
      if (running !== undefined) await stopGroup(running.client, group)
      // An rclone that hangs may let go only now.
      await rm(join(home.spoolDir, group), { recursive: true, force: true, maxRetries: 5 })
    },
  }

  /** Doors through a crypt remote that lives only as long as the work. */
  async function withDraftDoors<T>(
    place: VaultPlace,
    work: (doors: VaultDoors, env: EngineEnv) => Promise<T>,
  ): Promise<T> {
    const draft = `hf-new-${Buffer.from(random.bytes(4)).toString('hex')}`
    const doors: VaultDoors = {
      outer: (await doorsTo(place, '/')).outer,
      async openInner(passwords) {
        const base = placeFs(place, 'v1')
        if (passwords === undefined) return (await doorsTo(place, base)).openInner(undefined)
        if (borrowed) return (await doorsTo(place, inlineCrypt(base, passwords, random))).openInner(passwords)
        await createCryptRemote(client, draft, cryptOptions(encryptedFs(place), passwords, random))
        return (await doorsTo(place, `${draft}:`)).openInner(passwords)
      },
    }
    try {
      return await work(doors, { clock, random, cache: NO_CACHE })
    } finally {
      if (!borrowed) await client.callRaw('config/delete', { name: draft })
    }
  }

  function innerOf(vault: Vault): string {
    const masterKey = borrowed ? keptKey(secrets, vault) : null
    if (masterKey === null) return innerFsOf(vault)
    return inlineOnce(placeFs(vault.place, 'v1'), cryptPasswordsOf(masterKey, vault.id))
  }

  function inlineOnce(baseFs: string, passwords: CryptPasswords): string {
    const key = `${baseFs}\0${passwords.password}`
    const known = inline.get(key) ?? inlineCrypt(baseFs, passwords, random)
    inline.set(key, known)
    return known
  }

  async function keepKey(vault: Vault, masterKey: Uint8Array): Promise<void> {
    if (!borrowed) await makeCrypt(vault, masterKey)
    await secrets.setMasterKey(vault.id, masterKey)
  }

  async function makeCrypt(vault: Vault, masterKey: Uint8Array): Promise<void> {
    const options = cryptOptions(encryptedFs(vault.place), cryptPasswordsOf(masterKey, vault.id), random)
    await createCryptRemote(client, cryptRemoteName(vault.id), options)
    // rclone may still hold a remote of this name as it was before.
    await client.callRaw('fscache/clear', {})
  }
}

/** For the moments of making a vault, when there is nothing worth keeping. */
const NO_CACHE = { get: () => undefined, put: () => undefined, retain: () => undefined }

/** The name of a vault's crypt remote in the agent's own sealed config. */
function cryptRemoteName(id: VaultId): string {
  return `hf-${id.slice(0, 8)}`
}

/** One for each copy, so that it is always made over the same folder. */
function copyRemoteName(id: VaultId, place: VaultPlace): string {
  const digest = createHash('sha256')
    .update(`${id} ${formatPlace(place)}`)
    .digest('hex')
  return `hf-copy-${digest.slice(0, 8)}`
}

function innerFsOf(vault: Vault): string {
  return vault.encrypted ? `${cryptRemoteName(vault.id)}:` : placeFs(vault.place, 'v1')
}

function keptKey(secrets: Secrets, vault: Vault): Uint8Array | null {
  if (!vault.encrypted) return null
  const masterKey = secrets.masterKey(vault.id)
  if (masterKey === undefined)
    throw new HoldfastError('LOCKED', `The key of the vault ${vault.name} is not kept on this machine.`, {
      next: 'Make a plan on this vault again, with its passphrase.',
    })
  return masterKey
}

function vaultName(place: VaultPlace): string {
  const names = place.path.split('/').filter((name) => name !== '')
  return names.at(-1) ?? (place.kind === 'remote' ? place.remote : 'root')
}

const STOP_AT_MOST_MS = 4000
const STOP_LOOK_MS = 100
const Transferring = z.object({ transferring: z.array(z.unknown()).nullish() })

/** rclone that does not answer in time has no transfers that could be stopped by asking. */
async function stopGroup(client: RcloneClient, group: string): Promise<void> {
  const signal = AbortSignal.timeout(STOP_AT_MOST_MS)
  const asked = await client.callRaw('job/stopgroup', { group }, { signal }).catch(() => undefined)
  while (asked !== undefined && !signal.aborted) {
    const stats = await client.call('core/stats', { group }, Transferring, { signal }).catch(() => undefined)
    if ((stats?.transferring ?? []).length === 0) return
    await wait(STOP_LOOK_MS)
  }
}
