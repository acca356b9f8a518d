import { HoldfastError, type VaultId, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { openSealedJson, sealJson } from '../snapshot/sealed-json.ts'

/** A claim says which installation writes as a machine. On the remote it is sealed JSON (sealed-json.ts) of this. */
export const ClaimBody = z.object({
  format: z.literal('holdfast-claim'),
  version: z.literal(1),
  vault: z.string(),
  writer: WriterId,
  /** 16 hex digits. */
  installation: z.string(),
  /** The name of the machine, for people. */
  machine: z.string(),
  epoch: z.number().int().positive(),
  time: z.iso.datetime(),
})
export type ClaimBody = z.infer<typeof ClaimBody>

/** A claim as read. */
export type Claim = { readonly key: string; readonly body: ClaimBody }

/** The history under which the one that prunes a vault is claimed; no machine has it. */
export const SWEEPER = WriterId.parse('00000000')

export const MAX_EPOCH = 999_999
const MAX_CLAIM_RAW = 64 * 1024

/** `writers/<writer>/<epoch>-<installation>-<attempt>.claim`. */
export function claimKey(
  body: Pick<ClaimBody, 'writer' | 'epoch' | 'installation'>,
  attempt: string,
): string {
  return `writers/${body.writer}/${String(body.epoch).padStart(6, '0')}-${body.installation}-${attempt}.claim`
}

/** What a claim's key says; undefined when it is not one. */
export function parseClaimKey(
  key: string,
): { writer: string; epoch: number; installation: string } | undefined {
  const match = /^writers\/([0-9a-f]{8})\/([0-9]{6})-([0-9a-f]{16})-[0-9a-f]{4}\.claim$/.exec(key)
  const [, writer, epoch, installation] = match ?? []
  if (writer === undefined || epoch === undefined || installation === undefined) return undefined
  return { writer, epoch: Number(epoch), installation }
}

export function writeClaim(key: string, body: ClaimBody, macKey: Uint8Array): Uint8Array {
  return sealJson(key, JSON.stringify(body), macKey)
}

/**
 * Reads and verifies a claim. VAULT_DAMAGED when its MAC does not cover these bytes under this key or it says something
 * else than its name, VAULT_NEWER when a newer version wrote it.
 */
export function readClaim(
  key: string,
  bytes: Uint8Array,
  vault: { readonly id: VaultId; readonly keys: { readonly mac: Uint8Array } },
): Claim {
  const json = openSealedJson(key, bytes, vault.keys.mac, { what: 'claim', maxRaw: MAX_CLAIM_RAW })
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    value = undefined // the shape below says that it is none
  }
  const header = z.object({ format: z.literal('holdfast-claim'), version: z.number().int() }).safeParse(value)
  if (header.success && header.data.version > 1)
    throw new HoldfastError('VAULT_NEWER', `The claim ${key} was written by a newer Holdfast.`)
  const body = ClaimBody.safeParse(value)
  const named = parseClaimKey(key)
  if (
    !body.success ||
    body.data.vault !== vault.id ||
    body.data.writer !== named?.writer ||
    body.data.epoch !== named.epoch ||
    body.data.installation !== named.installation
  )
    throw new HoldfastError('VAULT_DAMAGED', `The claim ${key} has an unknown shape or belongs elsewhere.`, {
      cause: body.error,
    })
  return { key, body: body.data }
}
