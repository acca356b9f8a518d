import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError, isHoldfastError } from '@holdfast/domain'

// @NOTE once: rclone has tried three times itself
const WAITS_MS = [500]

/** Tries something that changes nothing twice, when the remote can't be reached or breaks off. */
export async function retryingReads<T>(
  read: () => Promise<T>,
  options: { readonly signal?: AbortSignal | undefined; readonly waitsMs?: readonly number[] } = {},
): Promise<T> {
  for (const waitMs of options.waitsMs ?? WAITS_MS) {
    try {
      return await read()
    } catch (error) {
      if (!mayHelp(error) || options.signal?.aborted) throw error
    }
    await pause(waitMs, options.signal)
  }
  return await read()
}

function mayHelp(error: unknown): boolean {
  if (isHoldfastError(error, 'REMOTE_LIES')) return error.cause !== undefined
  return isHoldfastError(error, 'REMOTE_UNREACHABLE')
}

/** Waits, or rejects with CANCELLED. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(ms, undefined, signal ? { signal } : {})
  } catch (error) {
    throw new HoldfastError('CANCELLED', 'The work was cancelled.', { cause: error })
  }
}
