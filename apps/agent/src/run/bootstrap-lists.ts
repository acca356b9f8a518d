import { join } from 'node:path'
import type { Plan } from '@holdfast/domain'
import { BOOTSTRAPS_FOLDER, type BootstrapReport, writeBootstraps } from '@holdfast/host'

/** The lists of what is installed on this machine, a source that Holdfast itself keeps up to date. */
export type BootstrapLists = {
  /** True for a plan that holds them. */
  isIn(plan: Plan): boolean
  /** Makes them true now; see writeBootstraps. */
  write(options: { timeoutMs?: number; signal?: AbortSignal }): Promise<BootstrapReport>
}

export function createBootstrapLists(
  homeDir: string,
  environment: Readonly<Record<string, string>>,
): BootstrapLists {
  const dir = join(homeDir, BOOTSTRAPS_FOLDER)
  return {
    isIn: (plan) => plan.sources.some(({ path }) => path === dir),
    write: (options) => writeBootstraps(dir, { ...options, environment }),
  }
}
