import type { SpokenProblem } from '@holdfast/api'
import { SECOND_MS, toHoldfastError } from '@holdfast/domain'
import type { RcloneClient } from '@holdfast/rclone'
import { z } from 'zod'

const LOOK_AT_MOST_MS = 30 * SECOND_MS

/**
 * Lists the top folder of a remote, which is what a wrong password or address fails at; undefined when that works, else
 * what is wrong in words for who is making it. Some credentials may only look into their own bucket: the answer is no
 * proof that the remote is of no use. `mayBeNew`: a folder that is not there yet is fine, as below a crypt.
 */
export async function lookAtRemote(
  client: RcloneClient,
  section: string,
  options: { readonly name: string; readonly mayBeNew: boolean },
): Promise<SpokenProblem | undefined> {
  const { name, mayBeNew } = options
  const signal = AbortSignal.timeout(LOOK_AT_MOST_MS)
  try {
    const opt = { noModTime: true, noMimeType: true }
    await client.call('operations/list', { fs: `${section}:`, remote: '', opt }, Anything, {
      signal,
      attempt: { doing: 'look at it' },
    })
    return undefined
  } catch (thrown) {
    const { code, message } = toHoldfastError(thrown)
    const cause = message.replaceAll(section, name)
    if (code === 'OBJECT_MISSING' && mayBeNew) return undefined
    if (signal.aborted)
      return {
        ...{ code: 'REMOTE_UNREACHABLE', message: `“${name}” did not answer within half a minute.` },
        next: 'Check the address and the network.',
      }
    switch (code) {
      case 'REMOTE_DENIED':
        return {
          ...{ code, message: `“${name}” does not let Holdfast in.` },
          next: `Check user name and password, or sign in again. ${cause}`,
        }
      case 'REMOTE_UNREACHABLE':
        return {
          code,
          message: `“${name}” can't be reached.`,
          next: `Check the address and the network. ${cause}`,
        }
      case 'OBJECT_MISSING':
        return { code, message: `There is nothing at this address.`, next: `Check the address. ${cause}` }
      default:
        return { code, message: `“${name}” does not work.`, next: cause }
    }
  }
}

const Anything = z.object({})
