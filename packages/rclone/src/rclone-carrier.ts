import type { ObjectCarrier, VaultRoot } from '@holdfast/vault/ports'
import { z } from 'zod'
import type { RcloneClient } from './client.ts'
import { copyObject } from './spool.ts'

export type RcloneCarrierOptions = {
  /** The raw folders of the vault and of its copy, see placeFs. */
  readonly from: Readonly<Record<VaultRoot, string>>
  readonly to: Readonly<Record<VaultRoot, string>>
  /** The crypt remote over either, which says what a key is called there; undefined in a plain vault. */
  readonly crypt: string | undefined
  /** Under which name rclone counts these transfers. */
  readonly group?: string
  /** As for RcloneStoreOptions; `skip` when one of the two computes checksums by reading everything back. */
  readonly checksums?: 'compare' | 'skip'
}

/**
 * An ObjectCarrier by which rclone takes objects from one place to the other as they lie: still encrypted, under the
 * names that crypt gave them, and without leaving the provider where it can copy by itself. A cancelled `carry` rejects
 * once rclone has stopped the transfer.
 */
export function createRcloneCarrier(client: RcloneClient, options: RcloneCarrierOptions): ObjectCarrier {
  const { from, to, crypt, group = 'holdfast', checksums = 'compare' } = options
  const config = { LowLevelRetries: 1, ...(checksums === 'skip' ? { IgnoreChecksum: true } : {}) }
  return {
    carry: async (root, key, { signal } = {}) => {
      const attempt = { doing: `copy ${key} to`, fs: to[root] }
      const name =
        root === 'outer' || crypt === undefined ? key : await nameUnderCrypt(client, crypt, key, signal)
      const ends = { srcFs: from[root], srcRemote: name, dstFs: to[root], dstRemote: name }
      await copyObject(client, { ...ends, group, config }, { attempt, signal })
    },
  }
}

const Encoded = z.object({ result: z.tuple([z.string()]) })

async function nameUnderCrypt(
  client: RcloneClient,
  crypt: string,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const parameters = { fs: crypt, command: 'encode', arg: [key] }
  const attempt = { doing: `name ${key}`, fs: crypt }
  const { result } = await client.call('backend/command', parameters, Encoded, {
    ...{ attempt, signal, repeatable: true },
  })
  return result[0]
}
