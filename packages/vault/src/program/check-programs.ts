import { isHoldfastError } from '@holdfast/domain'
import type { Findings } from '../check/findings.ts'
import type { EngineEnv } from '../vault/create-vault.ts'
import type { OpenedVault } from '../vault/open-vault.ts'
import { hasWholeFor, listPrograms, objectsOf } from './list-programs.ts'
import { readChunk } from './take-program.ts'

/**
 * Checks the packed programs: each manifest, and that its chunks are there at their sizes; with `read` their bytes too.
 * A manifest that does not verify is damage when no other program is there for its platform; storing may have been cut
 * off otherwise.
 * Answers how many objects they have, how much was read, and what storing that was cut off left.
 */
export async function checkPrograms(
  vault: OpenedVault,
  { read, findings }: { read: boolean; findings: Findings },
  env: EngineEnv,
): Promise<{ objects: number; bytesRead: number; leftovers: string[] }> {
  const { programs, broken, leftovers } = await listPrograms(vault, env)
  const cutOff = broken.filter(({ key }) => hasWholeFor(programs, key))
  for (const one of broken) if (!cutOff.includes(one)) findings.add(one.key, 'program', one.reason)
  let bytesRead = 0
  for (const { set, manifest, damaged } of programs) {
    for (const { object, reason } of damaged) findings.add(object, 'program', reason)
    const known = new Set(damaged.map(({ object }) => object))
    for (const { name, sha256 } of read ? manifest.chunks : []) {
      env.signal?.throwIfAborted()
      const key = `program/${set}/${name}`
      if (known.has(key)) continue
      try {
        bytesRead += (await readChunk(vault, key, sha256, env)).length
      } catch (error) {
        if (!isHoldfastError(error, 'VAULT_DAMAGED')) throw error
        findings.add(key, 'program', error.message)
      }
    }
  }
  return {
    objects: programs.reduce((sum, program) => sum + objectsOf(program).length, broken.length),
    bytesRead,
    leftovers: [...leftovers, ...cutOff].map(({ key }) => key),
  }
}
