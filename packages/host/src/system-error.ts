import { getSystemErrorMessage } from 'node:util'

/** The errno name of an error that a system call caused (`ENOENT`), undefined for any other thrown thing. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  return 'errno' in error && typeof error.errno === 'number' ? error.code : undefined
}

/** What the system says about an error, for people: `input/output error`. */
export function systemSentence(error: unknown): string {
  const errno =
    error instanceof Error && 'errno' in error && typeof error.errno === 'number' ? error.errno : undefined
  const sentence = errno === undefined ? undefined : getSystemErrorMessage(errno)
  return sentence ?? (error instanceof Error ? error.message : String(error))
}
