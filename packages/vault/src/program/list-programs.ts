import { isHoldfastError } from '@holdfast/domain'
import type { ObjectInfo } from '../ports.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import {
  MAX_MANIFEST,
  type ProgramFacts,
  type ProgramManifest,
  parseProgramKey,
  readProgramManifest,
} from './program-format.ts'

/** A packed program in a vault. */
export type StoredProgram = ProgramFacts & {
  readonly set: string
  /** The key of its manifest. */
  readonly key: string
  readonly time: Date
  readonly files: number
  /** As it is stored, and unpacked. */
  readonly bytes: number
  readonly rawBytes: number
  /** Chunks that are missing or have another size: empty for one that can be taken out. */
  readonly damaged: readonly { readonly object: string; readonly reason: string }[]
  readonly manifest: ProgramManifest
}

export type Programs = {
  /** Newest first. A set that was stored twice is there once, whole where one of them is. */
  readonly programs: readonly StoredProgram[]
  /** What no manifest above needs: left by storing that was cut off. */
  readonly leftovers: readonly ObjectInfo[]
  /** Manifests that do not verify and whose set has no other; what goes with them is left over. */
  readonly broken: readonly (ObjectInfo & { readonly reason: string })[]
}

/** The packed programs in a vault. Rejects when the remote can't be read, with VAULT_NEWER. */
export async function listPrograms(vault: OpenedVault, env: EngineEnv): Promise<Programs> {
  const objects = new Map<string, ObjectInfo>()
  for await (const info of vault.store.list('program', { signal: env.signal })) objects.set(info.key, info)
  const best = new Map<string, StoredProgram>()
  const broken: (ObjectInfo & { reason: string; set: string })[] = []
  for (const info of objects.values()) {
    const { key } = info
    const named = parseProgramKey(key)
    if (named?.kind !== 'manifest') continue
    const read = await readManifest(vault, info, env)
    if ('reason' in read) {
      broken.push({ ...info, ...read, set: named.set })
      continue
    }
    const found = await withDamage(vault, { key, manifest: read, objects }, env)
    const other = best.get(named.set)
    if (other === undefined || isBetter(found, other)) best.set(named.set, found)
  }
  const programs = [...best.values()].sort(
    (a, b) => b.time.getTime() - a.time.getTime() || (a.set < b.set ? -1 : 1),
  )
  const lone = broken.filter(({ set }) => !best.has(set))
  const named = new Set([...programs.flatMap(objectsOf), ...lone.map(({ key }) => key)])
  return { programs, broken: lone, leftovers: [...objects.values()].filter(({ key }) => !named.has(key)) }
}

/** True when a whole program is there for the platform that a key under `program/` belongs to. */
export function hasWholeFor(programs: readonly StoredProgram[], key: string): boolean {
  const named = parseProgramKey(key)
  return programs.some(
    (one) => one.damaged.length === 0 && parseProgramKey(one.key)?.platform === named?.platform,
  )
}

/** The keys of a program's objects: chunks in their order, then the manifest. */
export function objectsOf({ set, key, manifest }: Pick<StoredProgram, 'set' | 'key' | 'manifest'>): string[] {
  return [...manifest.chunks.map(({ name }) => `program/${set}/${name}`), key]
}

/** Read twice before it is said that it does not verify. */
async function readManifest(
  vault: OpenedVault,
  { key, size }: { key: string; size: number },
  env: EngineEnv,
): Promise<ProgramManifest | { reason: string }> {
  if (size > MAX_MANIFEST) return { reason: `it has ${size} bytes, too many` }
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readProgramManifest(key, await vault.store.get(key, { signal: env.signal }), vault)
    } catch (error) {
      const isDamage = ['VAULT_DAMAGED', 'OBJECT_MISSING', 'REMOTE_LIES'].some(
        (code) => isHoldfastError(error) && error.code === code,
      )
      if (!isDamage || !(error instanceof Error)) throw error
      if (attempt === 2) return { reason: error.message }
    }
  }
}

async function withDamage(
  vault: OpenedVault,
  { key, manifest, objects }: { key: string; manifest: ProgramManifest; objects: Map<string, ObjectInfo> },
  env: EngineEnv,
): Promise<StoredProgram> {
  const { set, program, time, files, bytes, rawBytes } = manifest
  const damaged: { object: string; reason: string }[] = []
  for (const { name, size } of manifest.chunks) {
    const object = `program/${set}/${name}`
    // One that came while we listed is not missing.
    const info = objects.get(object) ?? (await vault.store.stat(object, { signal: env.signal }))
    if (info === undefined) damaged.push({ object, reason: 'it is missing' })
    else if (info.size !== size)
      damaged.push({ object, reason: `it has ${info.size} bytes instead of ${size}` })
  }
  return { ...program, set, key, time: new Date(time), files, bytes, rawBytes, damaged, manifest }
}

function isBetter(one: StoredProgram, other: StoredProgram): boolean {
  const wholes = [one, other].map(({ damaged }) => damaged.length === 0)
  return wholes[0] === wholes[1] ? one.time > other.time : wholes[0] === true
}
