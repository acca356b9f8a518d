import type { ReadProblem } from '@holdfast/vault/ports'
import { systemCode, systemSentence } from './system-error.ts'

/** Why a file could not be read, as a value; `gone` when it is not there any more. Rethrows what no system call caused. */
export function readProblemOf(error: unknown): ReadProblem {
  const code = systemCode(error)
  switch (code) {
    case undefined:
      throw error
    case 'ENOENT':
    case 'ENOTDIR':
      return { problem: 'vanished', gone: true }
    case 'EACCES':
    case 'EPERM':
      return { problem: 'permission denied', gone: false }
    case 'EIO':
      return { problem: 'input/output error', gone: false }
    case 'ELOOP':
    case 'ENXIO':
    case 'EINVAL':
      return REPLACED
    case 'EAGAIN':
      return { problem: 'held by another program', gone: false }
    case 'ENAMETOOLONG':
      return { problem: 'path too long', gone: false }
    default:
      return { problem: systemSentence(error), gone: false }
  }
}

/** Something else took the file's place between looking and opening. */
export const REPLACED: ReadProblem = { problem: 'replaced while it was read', gone: false }
