import { isDamage } from '../check/findings.ts'
import { putVerified } from '../pack/put-verified.ts'
import type { RepairEnv, RepairRequest } from '../repair.ts'
import { type Claim, claimKey, readClaim, writeClaim } from '../vault/claim-format.ts'
import { writersIn } from '../vault/claims.ts'
import { NO_CACHE } from '../vault/no-cache.ts'
import type { OpenedVault } from '../vault/open-vault.ts'

/** Puts damaged claims again where the cache has them; answers the keys of all damaged ones. */
export async function mendClaims(
  vault: OpenedVault,
  quarantined: ReadonlySet<string>,
  { dryRun }: RepairRequest,
  env: RepairEnv,
): Promise<{ putAgain: number; aside: string[] }> {
  const first = await brokenClaims(vault, env)
  // Asked twice: one bad answer is no damage.
  const second = first.length === 0 ? [] : await brokenClaims(vault, env)
  const aside = second.filter((key) => first.includes(key) && !quarantined.has(key))
  let putAgain = 0
  for (const key of aside) {
    const claim = cachedClaim(vault, key, env)
    if (claim === undefined) continue
    const tag = Buffer.from(env.random.bytes(2)).toString('hex')
    const fresh = claimKey(claim.body, tag)
    if (!dryRun) await putVerified(vault.store, fresh, writeClaim(fresh, claim.body, vault.keys.mac), env)
    putAgain += 1
  }
  return { putAgain, aside }
}

async function brokenClaims(vault: OpenedVault, env: RepairEnv): Promise<string[]> {
  const writers = await writersIn(vault, { ...env, cache: NO_CACHE })
  return writers.flatMap(({ broken }) => broken.map(({ key }) => key))
}

function cachedClaim(vault: OpenedVault, key: string, env: RepairEnv): Claim | undefined {
  const bytes = env.cache.get(`${vault.id}/${key}`)
  if (bytes === undefined) return undefined
  try {
    return readClaim(key, bytes, vault)
  } catch (error) {
    if (isDamage(error)) return undefined // a damaged cache helps nobody
    throw error
  }
}
