import { HoldfastError, isHoldfastError, WriterId } from '@holdfast/domain'
import { putVerified } from '../pack/put-verified.ts'
import { parseSnapshotKey } from '../snapshot/snapshot-format.ts'
import {
  type Claim,
  type ClaimBody,
  claimKey,
  MAX_EPOCH,
  parseClaimKey,
  readClaim,
  SWEEPER,
  writeClaim,
} from './claim-format.ts'
import type { EngineEnv } from './create-vault.ts'
import type { OpenedVault } from './open-vault.ts'

/** Who writes as a machine, and objects that look like claims and are none. */
export type WriterClaims = {
  readonly current: Claim | undefined
  readonly broken: readonly { readonly key: string; readonly reason: string }[]
}

export type ClaimRequest = {
  readonly writer: WriterId
  /** 16 hex digits. */
  readonly installation: string
  readonly machine: string
  readonly takeOver: boolean
}

const ATTEMPTS = 3
const MAX_ROUNDS = 8

/**
 * Reads the claims of one writer. The highest epoch counts; of two with one epoch the one whose key sorts first. One
 * that does not verify, also when it is read a second time, is reported and counts as none. VAULT_NEWER when a newer
 * version claimed. Rejects when the remote can't be read.
 */
export async function readClaims(
  vault: OpenedVault,
  writer: WriterId,
  env: EngineEnv,
): Promise<WriterClaims> {
  const keys: string[] = []
  for await (const { key } of vault.store.list(`writers/${writer}`, { signal: env.signal })) keys.push(key)
  const { current, broken } = await claimsOf(vault, keys, env)
  return { current, broken }
}

/**
 * Every writer of the vault with its claim, in order of their ids; also those that have snapshots and never claimed.
 * Not the sweeper, which is no machine. Rejects as `readClaims` does.
 */
export async function writersIn(
  vault: OpenedVault,
  env: EngineEnv,
): Promise<({ writer: WriterId } & WriterClaims)[]> {
  const keysOf = new Map<WriterId, string[]>()
  for await (const { key } of vault.store.list('snaps', { signal: env.signal })) {
    const named = parseSnapshotKey(key)
    if (named !== undefined) keysOf.set(named.writer, [])
  }
  for await (const { key } of vault.store.list('writers', { signal: env.signal })) {
    const writer = WriterId.safeParse(key.split('/')[1])
    if (writer.success) keysOf.set(writer.data, [...(keysOf.get(writer.data) ?? []), key])
  }
  const writers: ({ writer: WriterId } & WriterClaims)[] = []
  keysOf.delete(SWEEPER)
  for (const writer of [...keysOf.keys()].sort()) {
    const { current, broken } = await claimsOf(vault, keysOf.get(writer) ?? [], env)
    writers.push({ writer, current, broken })
  }
  return writers
}

/**
 * Answers the epoch under which an installation may write as a machine, claiming it when nobody has, or, with
 * `takeOver`, when another one does. Two that claim at once both see one winner; a claim holds until a higher one is
 * there, so a writer asks again before each commit. Safe to repeat: who holds the claim already writes nothing.
 * TAKEN_OVER when another installation holds it, VAULT_CHANGED when others keep taking over meanwhile, REMOTE_LIES when
 * the remote does not show what it took. Rejects with the store's error after three attempts to put.
 */
export async function claimWriter(
  vault: OpenedVault,
  request: ClaimRequest,
  env: EngineEnv,
): Promise<{ epoch: number }> {
  if (!/^[0-9a-f]{16}$/.test(request.installation))
    throw new HoldfastError('INTERNAL', `"${request.installation}" can't be the id of an installation.`)
  let { current } = await readClaims(vault, request.writer, env)
  // An empty listing may be a stale one, and claiming on it could turn the true writer out: look twice.
  if (current === undefined) current = (await readClaims(vault, request.writer, env)).current
  for (let round = 1; round <= MAX_ROUNDS; round += 1) {
    if (current?.body.installation === request.installation) return { epoch: current.body.epoch }
    if (current !== undefined && !request.takeOver) throw takenOver(current)
    const key = await putClaim(vault, request, (current?.body.epoch ?? 0) + 1, env)
    current = await currentAfter(vault, request.writer, key, env)
  }
  throw new HoldfastError('VAULT_CHANGED', 'Other installations keep taking this machine over.')
}

/** Puts a claim, under another name when an attempt failed, until the remote gives it back byte for byte. */
async function putClaim(
  vault: OpenedVault,
  { writer, installation, machine }: ClaimRequest,
  epoch: number,
  env: EngineEnv,
): Promise<string> {
  if (epoch > MAX_EPOCH) throw new HoldfastError('VAULT_DAMAGED', 'The claims of this machine are used up.')
  const body: ClaimBody = {
    ...{ format: 'holdfast-claim', version: 1, vault: vault.id, writer, installation, machine, epoch },
    time: new Date(env.clock.nowMs()).toISOString(),
  }
  for (let attempt = 1; ; attempt += 1) {
    const key = claimKey(body, Buffer.from(env.random.bytes(2)).toString('hex'))
    const bytes = writeClaim(key, body, vault.keys.mac)
    try {
      await putVerified(vault.store, key, bytes, env)
      const back = await vault.store.get(key, { signal: env.signal })
      if (Buffer.from(bytes).equals(back)) return key
      throw new HoldfastError('REMOTE_LIES', `The remote gave back another claim than ${key}.`)
    } catch (error) {
      if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
      env.signal?.throwIfAborted()
    }
  }
}

/** Who holds the claim after ours was put. A listing that lacks ours may lack others too, and decides nothing. */
async function currentAfter(
  vault: OpenedVault,
  writer: WriterId,
  key: string,
  env: EngineEnv,
): Promise<Claim | undefined> {
  const keys: string[] = []
  for await (const info of vault.store.list(`writers/${writer}`, { signal: env.signal })) keys.push(info.key)
  const { current, valid } = await claimsOf(vault, keys, env)
  if (valid.has(key)) return current
  throw new HoldfastError('REMOTE_LIES', `The remote took ${key} and does not show it.`)
}

async function claimsOf(
  vault: OpenedVault,
  keys: readonly string[],
  env: EngineEnv,
): Promise<WriterClaims & { valid: ReadonlySet<string> }> {
  const claims: Claim[] = []
  const broken: { key: string; reason: string }[] = []
  for (const key of [...keys].sort()) {
    try {
      claims.push(await readOne(vault, key, env))
    } catch (error) {
      if (!isHoldfastError(error, 'VAULT_DAMAGED') && !isHoldfastError(error, 'OBJECT_MISSING')) throw error
      broken.push({ key, reason: error.message })
    }
  }
  // In order of their keys: of one epoch the first stays.
  const current = claims.reduce<Claim | undefined>(
    (best, claim) => (best === undefined || claim.body.epoch > best.body.epoch ? claim : best),
    undefined,
  )
  return { current, broken, valid: new Set(claims.map(({ key }) => key)) }
}

async function readOne(vault: OpenedVault, key: string, env: EngineEnv): Promise<Claim> {
  if (parseClaimKey(key) === undefined)
    throw new HoldfastError('VAULT_DAMAGED', `${key} is not the name of a claim.`)
  const cached = env.cache.get(`${vault.id}/${key}`)
  if (cached !== undefined) {
    try {
      return readClaim(key, cached, vault)
    } catch {
      // A damaged cache is no damaged vault: read the vault's own copy below.
    }
  }
  for (let attempt = 1; ; attempt += 1) {
    const bytes = await vault.store.get(key, { signal: env.signal })
    try {
      const claim = readClaim(key, bytes, vault)
      env.cache.put(`${vault.id}/${key}`, bytes)
      return claim
    } catch (error) {
      // One bit that flipped on its way would make somebody else the writer: look twice.
      if (attempt === 2 || !isHoldfastError(error, 'VAULT_DAMAGED')) throw error
    }
  }
}

function takenOver({ body }: Claim): HoldfastError {
  const day = body.time.slice(0, 10)
  return new HoldfastError(
    'TAKEN_OVER',
    `Another installation ("${body.machine}") writes as this machine since ${day}.`,
  )
}
