import { z } from 'zod'
import { PlanId, VaultId } from './ids.ts'
import { PlanOptions } from './plan-options.ts'
import { Schedule } from './schedule.ts'
import { AbsolutePath, VaultPlace } from './vault-place.ts'

/**
 * Something to back up: an absolute path, the rules (gitignore syntax) that leave parts of it out, and what is left out
 * by its nature. What is not said leaves nothing out, so that older plans stay as they are.
 */
export const Source = z.object({
  path: AbsolutePath,
  excludes: z.array(z.string().max(1000)).max(500),
  /** Files with more bytes are left out. */
  maxFileBytes: z.int().min(1).optional(),
  /** Folders that programs marked as a cache with a CACHEDIR.TAG are left out. */
  skipCacheDirs: z.boolean().optional(),
  /** What is mounted inside from another file system is left out. */
  oneFileSystem: z.boolean().optional(),
})
export type Source = z.infer<typeof Source>

export const Vault = z.object({ id: VaultId, name: z.string(), place: VaultPlace, encrypted: z.boolean() })
export type Vault = z.infer<typeof Vault>

export const Plan = z.object({
  id: PlanId,
  name: z.string().min(1).max(80),
  sources: z.array(Source).min(1).max(100),
  vault: Vault,
  schedule: Schedule,
  paused: z.boolean(),
  options: PlanOptions.prefault({}),
  createdAt: z.coerce.date(),
})
export type Plan = z.infer<typeof Plan>

/**
 * An id for a new plan, made from its name so that people know it again: lower case, `-2` and so on when taken. It stays
 * when the plan is renamed, because snapshots carry it.
 */
export function planIdFor(name: string, taken: ReadonlySet<string>): PlanId {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
  const base = slug === '' ? 'plan' : slug
  let id = base
  for (let n = 2; taken.has(id); n += 1) id = `${base}-${n}`
  return PlanId.parse(id)
}
