import { join } from 'node:path'
import type { Home } from '@holdfast/host'
import {
  borrowRclone,
  findRclone,
  type SupervisedRclone,
  type SuperviseOptions,
  startRcloneDaemon,
  superviseRclone,
} from '@holdfast/rclone'
import type { Random } from '@holdfast/vault/ports'
import type { AgentConfig } from '../config.ts'
import type { Secrets } from '../secrets.ts'

export type AgentRclone = {
  readonly rclone: SupervisedRclone
  /** Signs people in to remotes; undefined for a borrowed rclone, whose remotes are made elsewhere. */
  readonly binary: string | undefined
}

/**
 * The agent's rclone: a daemon of its own on its sealed configuration, or the one that somebody else runs when the
 * config names it. RCLONE_MISSING and RCLONE_OLD for its own; a borrowed one may come later.
 */
export async function openAgentRclone(
  parts: { config: AgentConfig; home: Home; secrets: Secrets; random: Random },
  onEvent: NonNullable<SuperviseOptions['onEvent']>,
): Promise<AgentRclone> {
  const { config, home, secrets, random } = parts
  const { rclone: address } = config
  if (address !== undefined) {
    const spoolDir = join(home.spoolDir, 'agent')
    const borrow = (signal: AbortSignal) => borrowRclone({ address, spoolDir, random, signal })
    return { rclone: superviseRclone(borrow, { onEvent, backOffMs: [500, 1000, 5000] }), binary: undefined }
  }
  const { binary } = await findRclone(config.path)
  const start = (signal: AbortSignal) =>
    startRcloneDaemon({
      ...{ binary, configFile: secrets.rcloneConfigFile, configPassword: secrets.configKey },
      // Below the agent, which answers people, as the engine is.
      ...{ stateDir: home.rcloneStateDir, niceness: 10, signal },
    })
  return { rclone: superviseRclone(start, { onEvent }), binary }
}
