import { zstdCompressSync } from 'node:zlib'
import { HoldfastError, WriterId } from '@holdfast/domain'
import { z } from 'zod'
import { decompressFrame, frameContentSize } from '../pack/frame.ts'
import { parseBoundedJson } from '../pack/parse-bounded-json.ts'
import { openSealedJson, sealJson } from '../snapshot/sealed-json.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { openBox, SealedBox, type SealedBoxKeys, sealBox } from '../vault/sealed-box.ts'

/** How far a history goes: the highest numbers of runs and of entries of the audit trail, 0 for none. */
export const HistorySeqs = z.object({
  runs: z.number().int().nonnegative(),
  audit: z.number().int().nonnegative(),
})
export type HistorySeqs = z.infer<typeof HistorySeqs>

const SETTINGS_KINDS = ['settings', 'history-full', 'history-delta'] as const

/** An object under `settings/`. On the remote it is sealed JSON (sealed-json.ts) of this. */
export const SettingsBody = z.object({
  format: z.literal('holdfast-settings'),
  version: z.literal(1),
  vault: z.string(),
  writer: WriterId,
  /** 16 hex digits. */
  installation: z.string(),
  number: z.number().int().positive(),
  time: z.iso.datetime(),
  kind: z.enum(SETTINGS_KINDS),
  /** A history's lines begin after these numbers and go up to those; null for settings. */
  from: HistorySeqs.nullable(),
  to: HistorySeqs.nullable(),
  secretsLeftOut: z.boolean(),
  /** Whose key opens the box: the vault's, or the one that its settings have of their own (settings-key.ts). */
  sealedBy: z.enum(['vault', 'passphrase']),
  /** zstd of JSON: MachineSettings, or `{ lines }` of a history. */
  box: SealedBox,
})
export type SettingsBody = z.infer<typeof SettingsBody>
export type SettingsHead = Omit<SettingsBody, 'box'>

const MAX_NUMBER = 9_999_999_999
/** JSON of a box, opened. */
const MAX_BOX_RAW = 64 * 1024 * 1024
const MAX_BOX_VALUES = 8_000_000
const MAX_BODY_RAW = 24 * 1024 * 1024

/** `settings/<writer>/<number>-<utc>-<attempt>.set`. */
export function settingsKey(
  { writer, number }: Pick<SettingsBody, 'writer' | 'number'>,
  time: Date,
  attempt: string,
): string {
  if (number > MAX_NUMBER)
    throw new HoldfastError('VAULT_DAMAGED', `The numbers of the settings of ${writer} are used up.`)
  const utc = time
    .toISOString()
    .replace(/[-:]|\.\d+/g, '')
    .toLowerCase()
  return `settings/${writer}/${String(number).padStart(10, '0')}-${utc}-${attempt}.set`
}

/** What the key of such an object says; undefined when it is not one. */
export function parseSettingsKey(key: string): { writer: WriterId; number: number } | undefined {
  const match = /^settings\/([0-9a-f]{8})\/([0-9]{10})-[0-9]{8}t[0-9]{6}z-[0-9a-f]{4}\.set$/.exec(key)
  if (match === null || Number(match[2]) === 0) return undefined
  return { writer: WriterId.parse(match[1]), number: Number(match[2]) }
}

/** Seals content under a head. INPUT_INVALID when it would be too big to be read again. */
export function writeSettings(
  key: string,
  head: SettingsHead,
  content: unknown,
  { mac, keys, iv }: { mac: Uint8Array; keys: SealedBoxKeys; iv: Uint8Array },
): Uint8Array {
  const raw = Buffer.from(JSON.stringify(content))
  const tooBig = raw.length > MAX_BOX_RAW
  const json = tooBig
    ? ''
    : JSON.stringify({ ...head, box: sealBox(zstdCompressSync(raw), boundFields(head), { keys, iv }) })
  if (tooBig || json.length > MAX_BODY_RAW)
    throw new HoldfastError('INPUT_INVALID', `The ${head.kind} would be too big: ${raw.length} bytes.`)
  return sealJson(key, json, mac)
}

/**
 * Reads and verifies an object without opening its box. VAULT_DAMAGED when its MAC does not cover these bytes under
 * this key or it says something else than its name, VAULT_NEWER when a newer version wrote it.
 */
export function readSettingsBody(
  key: string,
  bytes: Uint8Array,
  vault: Pick<OpenedVault, 'id' | 'keys'>,
): SettingsBody {
  const json = parsed(
    openSealedJson(key, bytes, vault.keys.mac, { what: 'settings', maxRaw: MAX_BODY_RAW }),
    1000,
  )
  const header = z
    .object({ format: z.literal('holdfast-settings'), version: z.number().int() })
    .safeParse(json)
  if (header.success && header.data.version > 1)
    throw new HoldfastError('VAULT_NEWER', `${key} was written by a newer Holdfast.`)
  const body = SettingsBody.safeParse(json)
  const named = parseSettingsKey(key)
  if (
    !body.success ||
    body.data.vault !== vault.id ||
    body.data.writer !== named?.writer ||
    body.data.number !== named.number
  )
    throw new HoldfastError('VAULT_DAMAGED', `${key} has an unknown shape or belongs elsewhere.`, {
      cause: body.error,
    })
  return body.data
}

/** The JSON value in the box; undefined when the key is another one. VAULT_DAMAGED when it holds something else. */
export function openSettingsBox(key: string, body: SettingsBody, keys: SealedBoxKeys): unknown {
  const frame = openBox(body.box, boundFields(body), keys)
  if (frame === undefined) return undefined
  const value = parsed(
    decompressFrame(frame, frameContentSize(frame) ?? 0, MAX_BOX_RAW).toString('utf8'),
    MAX_BOX_VALUES,
  )
  if (value === undefined) throw new HoldfastError('VAULT_DAMAGED', `The box of ${key} holds no JSON.`)
  return value
}

function boundFields(head: SettingsHead): unknown[] {
  const { format, version, vault, writer, installation, number, time, kind, from, to } = head
  return [
    ...[format, version, vault, writer, installation, number, time, kind],
    ...[from === null ? null : [from.runs, from.audit], to === null ? null : [to.runs, to.audit]],
    ...[head.secretsLeftOut, head.sealedBy],
  ]
}

function parsed(text: string, maxValues: number): unknown {
  try {
    return parseBoundedJson(text, maxValues)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined // the caller says what it is not
    throw error
  }
}
