import { HoldfastError, isHoldfastError } from '@holdfast/domain'
import { sha256Hex } from '../chunk/piece-id.ts'
import { decompressFrame } from '../pack/frame.ts'
import type { TargetTree } from '../ports.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import type { StoredProgram } from './list-programs.ts'
import { MAX_PROGRAM_FRAME } from './program-format.ts'
import { createProgramUnpacker } from './unpack-program.ts'

/**
 * Takes a program out of a vault into a folder, which should be new: what was written stays when this fails, and is
 * then no whole program. Each chunk is hashed before anything of it is opened. VAULT_DAMAGED when something is missing
 * or other than its manifest says, TARGET_OUTSIDE for a name that leaves the folder, TARGET_*, REMOTE_*, CANCELLED.
 */
export async function takeProgram(
  vault: OpenedVault,
  { set, manifest }: Pick<StoredProgram, 'set' | 'manifest'>,
  env: EngineEnv & { readonly target: TargetTree },
): Promise<{ readonly files: number; readonly bytes: number }> {
  const unpacker = createProgramUnpacker(env.target)
  try {
    for (const chunk of manifest.chunks) {
      const bytes = await readChunk(vault, `program/${set}/${chunk.name}`, chunk.sha256, env)
      let at = 0
      for (const [length, rawLength] of chunk.frames) {
        env.signal?.throwIfAborted()
        unpacker.write(decompressFrame(bytes.subarray(at, at + length), rawLength, MAX_PROGRAM_FRAME))
        at += length
      }
    }
    const taken = unpacker.end()
    if (taken.files !== manifest.files)
      throw new HoldfastError(
        'VAULT_DAMAGED',
        `The program ${set} has ${taken.files} files instead of ${manifest.files}.`,
      )
    return taken
  } catch (error) {
    unpacker.discard()
    if (env.signal?.aborted !== true || isHoldfastError(error)) throw error
    throw new HoldfastError('CANCELLED', 'Taking the program out was cancelled.', { cause: error })
  }
}

/** A chunk with just the bytes that its manifest means; asked for twice, as one bad answer is no damage. */
export async function readChunk(
  vault: OpenedVault,
  key: string,
  sha256: string,
  env: EngineEnv,
): Promise<Uint8Array> {
  for (let attempt = 1; ; attempt += 1) {
    let cause: unknown
    let reason = 'has other bytes than its manifest says'
    try {
      const bytes = await vault.store.get(key, { signal: env.signal })
      if (sha256Hex(bytes) === sha256) return bytes
    } catch (error) {
      const isDamage = isHoldfastError(error, 'OBJECT_MISSING') || isHoldfastError(error, 'REMOTE_LIES')
      if (!isDamage) throw error
      cause = error
      reason = isHoldfastError(error, 'OBJECT_MISSING') ? 'is missing' : 'can not be read whole'
    }
    if (attempt === 2) throw new HoldfastError('VAULT_DAMAGED', `${key} ${reason}.`, { cause })
  }
}
