import { HoldfastError } from '@holdfast/domain'
import { printablePath } from './printable-path.ts'
import { systemCode, systemSentence } from './system-error.ts'

/** An error of a write into the target as TARGET_FULL or TARGET_NOT_WRITABLE; other thrown things as they are. */
export function targetErrorOf(error: unknown, path: Uint8Array): unknown {
  const where = printablePath(path)
  switch (systemCode(error)) {
    case undefined:
      return error
    case 'ENOSPC':
    case 'EDQUOT':
      return new HoldfastError('TARGET_FULL', `No space is left to write ${where}.`, { cause: error })
    case 'EACCES':
    case 'EPERM':
      return new HoldfastError('TARGET_NOT_WRITABLE', `${where} may not be written: permission denied.`, {
        cause: error,
      })
    case 'EROFS':
      return new HoldfastError('TARGET_NOT_WRITABLE', `${where} is on a disk that can only be read.`, {
        cause: error,
      })
    default:
      return new HoldfastError(
        'TARGET_NOT_WRITABLE',
        `${where} can't be written: ${systemSentence(error)}.`,
        {
          cause: error,
        },
      )
  }
}

/** Runs a write and converts what it throws. */
export function writing<T>(path: Uint8Array, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw targetErrorOf(error, path)
  }
}

export function outsideTarget(path: Uint8Array, why: string): HoldfastError {
  return new HoldfastError('TARGET_OUTSIDE', `${printablePath(path)} would leave the target folder: ${why}.`)
}
