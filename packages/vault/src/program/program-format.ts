import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { parseBoundedJson } from '../pack/parse-bounded-json.ts'
import { listOf } from '../snapshot/list-of.ts'
import { openSealedJson, sealJson } from '../snapshot/sealed-json.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/** No chunk is bigger, and no frame of one when it is opened. */
export const MAX_CHUNK = 16 * 1024 * 1024
export const MAX_PROGRAM_FRAME = 8 * 1024 * 1024
/** What a packed program may open to, and how much of it there may be. */
const MAX_RAW = 4 * 1024 * 1024 * 1024
const MAX_CHUNKS = 1024
const MAX_MANIFEST_RAW = 1024 * 1024
const MAX_MANIFEST_VALUES = 50_000
/** As it is stored; what is bigger is not fetched. */
export const MAX_MANIFEST = 2 * MAX_MANIFEST_RAW

const WORD = z.string().regex(/^[a-z0-9]{1,16}$/)
const TEXT = z.string().regex(/^[\x20-\x7e]{1,64}$/)
const COUNT = z.number().int().positive()

/** What the packed program is and where it runs, for people and for choosing. */
export const ProgramFacts = z.object({
  /** Of Holdfast. */
  version: TEXT,
  /** Node's words: `linux`, `x64`. */
  platform: WORD,
  arch: WORD,
  /** Of the Node and the rclone that are in it. */
  node: TEXT,
  rclone: TEXT,
})
export type ProgramFacts = z.infer<typeof ProgramFacts>

const Chunk = z.object({
  /** Its name in the set's folder. */
  name: z.string().regex(/^c[0-9]{4}-[0-9a-f]{32}-[0-9a-f]{4}\.zst$/),
  size: COUNT.max(MAX_CHUNK),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Stored and opened length of each of its zstd frames. */
  frames: listOf(z.tuple([COUNT.max(MAX_CHUNK), COUNT.max(MAX_PROGRAM_FRAME)])),
})
export type ProgramChunk = z.infer<typeof Chunk>

/** A set's manifest: what makes its chunks a program. On the remote it is sealed JSON (sealed-json.ts) of this. */
export const ProgramManifest = z.object({
  format: z.literal('holdfast-program'),
  version: z.literal(1),
  vault: z.string(),
  set: z.string(),
  time: z.iso.datetime(),
  program: ProgramFacts,
  files: COUNT,
  /** Of the archive, opened and as it is stored. */
  rawBytes: COUNT.max(MAX_RAW),
  bytes: COUNT,
  chunks: listOf(Chunk),
})
export type ProgramManifest = z.infer<typeof ProgramManifest>

/** A set's name: `<version>-<platform>-<arch>-<16hex>`, the last the beginning of the hash of what is in it. */
export function programSet(facts: ProgramFacts, contentHash: string): string {
  const version = facts.version
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '.')
    .slice(0, 8)
  return `${version}-${facts.platform.slice(0, 12)}-${facts.arch.slice(0, 12)}-${contentHash.slice(0, 16)}`
}

/** `program/<set>/c0003-<32hex>-<4hex>.zst`. */
export function chunkName(number: number, sha256: string, attempt: string): string {
  return `c${String(number).padStart(4, '0')}-${sha256.slice(0, 32)}-${attempt}.zst`
}

export type ProgramKey = { readonly set: string; readonly platform: string } & (
  | { readonly kind: 'chunk'; readonly name: string; readonly number: number; readonly hash: string }
  | { readonly kind: 'manifest' }
)

/** What a key under `program/` says; undefined when it is not one of ours. */
export function parseProgramKey(key: string): ProgramKey | undefined {
  const match =
    /^program\/([a-z0-9.]{1,8}-([a-z0-9]{1,12}-[a-z0-9]{1,12})-[0-9a-f]{16})\/((?:c([0-9]{4})-([0-9a-f]{32})-[0-9a-f]{4}\.zst)|(?:manifest-[0-9a-f]{4}\.prg))$/.exec(
      key,
    )
  if (match === null) return undefined
  const [, set = '', platform = '', name = '', number, hash] = match
  if (number === undefined || hash === undefined) return { kind: 'manifest', set, platform }
  return { kind: 'chunk', set, platform, name, number: Number(number), hash }
}

/** `program/<set>/manifest-<4hex>.prg`. */
export function manifestKey(set: string, attempt: string): string {
  return `program/${set}/manifest-${attempt}.prg`
}

/** Seals a manifest under its key. INPUT_INVALID when no reader would take it. */
export function writeProgramManifest(
  key: string,
  manifest: ProgramManifest,
  vault: Pick<OpenedVault, 'id' | 'keys'>,
): Uint8Array {
  const sealed = sealJson(key, JSON.stringify(manifest), vault.keys.settings.mac)
  try {
    readProgramManifest(key, sealed, vault)
  } catch (cause) {
    throw new HoldfastError('INPUT_INVALID', 'This program is too big or too odd to be packed.', { cause })
  }
  return sealed
}

/**
 * Reads and verifies a manifest. VAULT_DAMAGED when its MAC does not cover these bytes under this key, or what it says
 * can't be: then nothing of the set is fetched. VAULT_NEWER when a newer version wrote it.
 */
export function readProgramManifest(
  key: string,
  bytes: Uint8Array,
  vault: Pick<OpenedVault, 'id' | 'keys'>,
): ProgramManifest {
  const limits = { what: 'list of a program', maxRaw: MAX_MANIFEST_RAW }
  const json = parsed(openSealedJson(key, bytes, vault.keys.settings.mac, limits))
  const header = z
    .object({ format: z.literal('holdfast-program'), version: z.number().int() })
    .safeParse(json)
  if (header.success && header.data.version > 1)
    throw new HoldfastError('VAULT_NEWER', `${key} was written by a newer Holdfast.`)
  const manifest = ProgramManifest.safeParse(json)
  const named = parseProgramKey(key)
  if (
    !manifest.success ||
    named?.kind !== 'manifest' ||
    manifest.data.vault !== vault.id ||
    manifest.data.set !== named.set ||
    !addsUp(manifest.data)
  )
    throw new HoldfastError('VAULT_DAMAGED', `${key} has an unknown shape or belongs elsewhere.`, {
      cause: manifest.error,
    })
  return manifest.data
}

/** Chunks follow each other, are named by their hashes, and make up what is promised. */
function addsUp({ chunks, bytes, rawBytes }: ProgramManifest): boolean {
  const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0)
  return (
    chunks.length > 0 &&
    chunks.length <= MAX_CHUNKS &&
    sum(chunks.map(({ size }) => size)) === bytes &&
    sum(chunks.flatMap(({ frames }) => frames.map(([, raw]) => raw))) === rawBytes &&
    chunks.every(
      ({ name, size, sha256, frames }, i) =>
        name.startsWith(`c${String(i).padStart(4, '0')}-${sha256.slice(0, 32)}-`) &&
        sum(frames.map(([length]) => length)) === size,
    )
  )
}

function parsed(text: string): unknown {
  try {
    return parseBoundedJson(text, MAX_MANIFEST_VALUES)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined // the caller says what it is not
    throw error
  }
}
