import { HoldfastError } from '@holdfast/domain'
import type { CallOptions, ObjectStore } from '../ports.ts'

/**
 * Stores an object and believes nothing before its size agrees: remotes have kept a truncated body as a whole object
 * (research: rclone `uploadfile`, pCloud, SMB). REMOTE_LIES when it does not.
 */
export async function putVerified(
  store: ObjectStore,
  key: string,
  body: Uint8Array,
  options: CallOptions,
): Promise<void> {
  await store.put(key, body, { signal: options.signal })
  const stored = await store.stat(key, { signal: options.signal })
  if (stored?.size === body.length) return
  throw new HoldfastError(
    'REMOTE_LIES',
    stored === undefined
      ? `The remote took ${key} and does not have it.`
      : `The remote has ${stored.size} bytes of ${key} where ${body.length} were sent.`,
  )
}
