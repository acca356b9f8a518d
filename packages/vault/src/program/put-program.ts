import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { sha256Hex } from '../chunk/piece-id.ts'
import { compressFrame } from '../pack/frame.ts'
import { putVerified } from '../pack/put-verified.ts'
import type { SourceTree } from '../ports.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { listPrograms, type StoredProgram } from './list-programs.ts'
import { listProgram, tarOfProgram } from './pack-program.ts'
import type { ProgramEntry } from './program-entry.ts'
import {
  chunkName,
  MAX_CHUNK,
  MAX_PROGRAM_FRAME,
  manifestKey,
  type ProgramChunk,
  type ProgramFacts,
  type ProgramManifest,
  parseProgramKey,
  programSet,
  writeProgramManifest,
} from './program-format.ts'

export type ProgramRequest = {
  readonly program: ProgramFacts
  readonly entries: readonly ProgramEntry[]
  /** Reads what is there already and looks like it by its hash, instead of going by name and size. */
  readonly distrust?: boolean
}

export type PutProgramSummary = {
  readonly program: StoredProgram
  /** Objects and bytes that were stored; none when it was there already. */
  readonly stored: { readonly objects: number; readonly bytes: number }
}

const LEVEL = 9
const ATTEMPTS = 3

/**
 * Stores a program, unless just this one is in the vault: chunks first, the manifest last, which makes them a program.
 * What a put that was cut off left is built upon. Safe to repeat, and beside anything else that goes on in the vault.
 * Holds one chunk in memory and works on one core. SOURCE_UNREADABLE, the store's errors after three attempts,
 * CANCELLED.
 */
export async function putProgram(
  vault: OpenedVault,
  request: ProgramRequest,
  env: EngineEnv & { readonly source: SourceTree },
): Promise<PutProgramSummary> {
  try {
    return await put(vault, request, env)
  } catch (error) {
    if (env.signal?.aborted !== true || isHoldfastError(error)) throw error
    throw new HoldfastError('CANCELLED', 'Storing the program was cancelled.', { cause: error })
  }
}

async function put(
  vault: OpenedVault,
  { program, entries, distrust = false }: ProgramRequest,
  env: EngineEnv & { readonly source: SourceTree },
): Promise<PutProgramSummary> {
  const listing = await listProgram(entries, env)
  const set = programSet(program, listing.hash)
  const before = await wholeOne(vault, set, env)
  if (before !== undefined && !distrust) return { program: before, stored: { objects: 0, bytes: 0 } }
  const there = await chunksThere(vault, set, env)

  const chunks: ProgramChunk[] = []
  const stored = { objects: 0, bytes: 0 }
  let rawBytes = 0
  for await (const { bytes, frames } of chunksOf(tarOfProgram(listing, env))) {
    env.signal?.throwIfAborted()
    const sha256 = sha256Hex(bytes)
    const found = await trusted(vault, { there, set, number: chunks.length, sha256, bytes, distrust }, env)
    const name = found ?? (await putChunk(vault, { set, number: chunks.length, sha256, bytes }, env))
    if (found === undefined) {
      stored.objects += 1
      stored.bytes += bytes.length
    }
    chunks.push({ name, size: bytes.length, sha256, frames })
    rawBytes += frames.reduce((sum, [, raw]) => sum + raw, 0)
  }
  const nothingNew = before !== undefined && stored.objects === 0
  if (nothingNew) return { program: before, stored }
  const manifest: ProgramManifest = {
    ...{ format: 'holdfast-program', version: 1, vault: vault.id, set },
    ...{ time: new Date(env.clock.nowMs()).toISOString(), program, files: listing.files, rawBytes },
    ...{ bytes: chunks.reduce((sum, { size }) => sum + size, 0), chunks },
  }
  stored.bytes += await putManifest(vault, manifest, env)
  stored.objects += 1
  const after = await wholeOne(vault, set, env)
  if (after !== undefined) return { program: after, stored }
  throw new HoldfastError('VAULT_CHANGED', 'Parts of the stored program were deleted meanwhile.')
}

async function wholeOne(vault: OpenedVault, set: string, env: EngineEnv): Promise<StoredProgram | undefined> {
  const { programs } = await listPrograms(vault, env)
  return programs.find((one) => one.set === set && one.damaged.length === 0)
}

/** Names and sizes of a set's chunks, by what their names say. */
async function chunksThere(
  vault: OpenedVault,
  set: string,
  env: EngineEnv,
): Promise<ReadonlyMap<string, { name: string; size: number }[]>> {
  const there = new Map<string, { name: string; size: number }[]>()
  for await (const { key, size } of vault.store.list(`program/${set}`, { signal: env.signal })) {
    const named = parseProgramKey(key)
    if (named?.kind !== 'chunk') continue
    const id = `${named.number} ${named.hash}`
    there.set(id, [...(there.get(id) ?? []), { name: named.name, size }])
  }
  return there
}

/** A chunk that is there already, of this number and hash and as long as it must be. */
async function trusted(
  vault: OpenedVault,
  by: {
    there: Awaited<ReturnType<typeof chunksThere>>
    set: string
    number: number
    sha256: string
    bytes: Uint8Array
    distrust: boolean
  },
  env: EngineEnv,
): Promise<string | undefined> {
  const alike = by.there.get(`${by.number} ${by.sha256.slice(0, 32)}`) ?? []
  for (const { name, size } of alike)
    if (size === by.bytes.length && !(by.distrust && (await isRotten(vault, { ...by, name }, env))))
      return name
  return undefined
}

async function isRotten(
  vault: OpenedVault,
  { set, name, bytes }: { set: string; name: string; bytes: Uint8Array },
  env: EngineEnv,
): Promise<boolean> {
  try {
    return !Buffer.from(bytes).equals(await vault.store.get(`program/${set}/${name}`, { signal: env.signal }))
  } catch (error) {
    if (isHoldfastError(error, 'OBJECT_MISSING') || isHoldfastError(error, 'REMOTE_LIES')) return true
    throw error
  }
}

/** Cuts the archive into frames, and gathers whole frames into chunks: one after the other they are plain zstd. */
async function* chunksOf(
  tar: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ bytes: Uint8Array; frames: [number, number][] }> {
  let parts: Uint8Array[] = []
  let frames: [number, number][] = []
  let size = 0
  for await (const raw of blocksOf(tar)) {
    const frame = compressFrame(raw, LEVEL)
    if (size + frame.length > MAX_CHUNK) {
      yield { bytes: Buffer.concat(parts), frames }
      parts = []
      frames = []
      size = 0
    }
    parts.push(frame)
    frames.push([frame.length, raw.length])
    size += frame.length
  }
  if (size > 0) yield { bytes: Buffer.concat(parts), frames }
}

async function* blocksOf(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const block = new Uint8Array(MAX_PROGRAM_FRAME)
  let filled = 0
  for await (const bytes of tar) {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + block.length - filled)
      block.set(part, filled)
      filled += part.length
      at += part.length
      if (filled === block.length) {
        yield block
        filled = 0
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

async function putChunk(
  vault: OpenedVault,
  { set, number, sha256, bytes }: { set: string; number: number; sha256: string; bytes: Uint8Array },
  env: EngineEnv,
): Promise<string> {
  return await anew(env, async (attempt) => {
    const name = chunkName(number, sha256, attempt)
    await putVerified(vault.store, `program/${set}/${name}`, bytes, env)
    return name
  })
}

/** Answers how many bytes it has, once the remote gave it back byte for byte. */
async function putManifest(vault: OpenedVault, manifest: ProgramManifest, env: EngineEnv): Promise<number> {
  return await anew(env, async (attempt) => {
    const key = manifestKey(manifest.set, attempt)
    const bytes = writeProgramManifest(key, manifest, vault)
    await putVerified(vault.store, key, bytes, env)
    const back = await vault.store.get(key, { signal: env.signal })
    if (!Buffer.from(bytes).equals(back))
      throw new HoldfastError('REMOTE_LIES', `The remote gave back something else than ${key}.`)
    return bytes.length
  })
}

/** Up to three times, each under a name of its own: one that failed may still land. */
async function anew<T>(env: EngineEnv, work: (attempt: string) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work(Buffer.from(env.random.bytes(2)).toString('hex'))
    } catch (error) {
      if (attempt === ATTEMPTS || !isHoldfastError(error) || !error.retryable) throw error
      env.signal?.throwIfAborted()
    }
  }
}
