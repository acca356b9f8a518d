import { type ErrorCode, HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { isOwnRemote } from './own-remote.ts'

/**
 * What was tried, for the sentence of an error: `read packs/3f/… on nas:vault`. Holds no secret but in an inline `fs`,
 * which no sentence shows.
 */
export type Attempt = { readonly doing: string; readonly fs?: string }

/** What rclone sends with a failure. `input` is left out on purpose: it can echo secrets. */
const ErrorBody = z.object({ error: z.string() })

/**
 * The one place that turns an answer of rclone that is not a success into a HoldfastError. rclone has no error codes,
 * only texts; the rules below are tried in order against 1.60.1 and newer. A 404 without JSON means that an object is
 * there but could not be opened, whatever the cause.
 */
export function answerError(status: number, body: string, attempt: Attempt): HoldfastError {
  const text = errorText(body)
  if (text === undefined)
    return new HoldfastError('REMOTE_UNREACHABLE', sentence(attempt, `rclone answered ${status}`))
  return new HoldfastError(codeOf(status, text), sentence(attempt, withoutSecrets(text)))
}

/** A request that got no answer: cancelled by `signal`, or rclone is not there any more. */
export function transportError(
  error: unknown,
  attempt: Attempt,
  signal: AbortSignal | undefined,
): HoldfastError {
  if (signal?.aborted) return cancelledError(attempt, error)
  if (error instanceof HoldfastError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer'
  return new HoldfastError('RCLONE_DIED', sentence(attempt, `rclone does not answer (${code})`), {
    cause: error,
  })
}

export function cancelledError(attempt: Attempt, cause?: unknown): HoldfastError {
  return new HoldfastError('CANCELLED', `Cancelled: ${attempt.doing}.`, { cause })
}

/** Another number of bytes than asked for. `cause` is there when the connection broke: then another try may help. */
export function liesError(attempt: Attempt, what: string, cause?: Error): HoldfastError {
  return new HoldfastError('REMOTE_LIES', sentence(attempt, what), { cause })
}

/** An answer that doesn't have the form that every known version gives it. */
export function unknownAnswer(attempt: Attempt, cause: unknown): HoldfastError {
  return new HoldfastError('INTERNAL', sentence(attempt, 'rclone answered in an unknown form'), { cause })
}

/** A line of rclone's without what may be secret: credentials and queries in URLs, `key=value` pairs of that kind. */
export function withoutSecrets(text: string): string {
  const clean = text
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/"']*@)?([^\s?#"']*)[?#]?[^\s"']*/gi, '$1$2')
    .replace(
      /((?:pass|password2?|token|secret|key|bearer|authorization)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|\S+)/gi,
      '$1…',
    )
    .trim()
  return clean.length > 400 ? `${clean.slice(0, 400)}…` : clean
}

/** The folder itself is not there, as against an object or anything else. */
export function saysFolderMissing(status: number, body: string): boolean {
  return status === 404 && (errorText(body) ?? '').includes('directory not found')
}

const RULES: readonly (readonly [ErrorCode, RegExp])[] = [
  ['RCLONE_OLD', /couldn't find method/],
  ['REMOTE_UNKNOWN', /didn't find section in config file|didn't find backend called/],
  [
    'REMOTE_LIES',
    /corrupted on transfer|failed to authenticate decrypted block|not an encrypted file|truncated header|truncated block header|too short to be encrypted/,
  ],
  [
    'REMOTE_FULL',
    /no space left|disk quota|quota ?exceeded|insufficient.?storage|\b507\b|file too big for remaining|storage full/i,
  ],
  [
    'REMOTE_DENIED',
    /permission ?denied|access ?denied|unauthorized|forbidden|\b401\b|\b403\b|invalid_grant|token expired|empty token|unable to authenticate|knownhosts:|invalid ?access ?key|signature ?does ?not ?match|read-only file system|login incorrect|host key|ssh-agent/i,
  ],
  ['INPUT_INVALID', /is a file not a directory/],
]

function codeOf(status: number, text: string): ErrorCode {
  for (const [code, pattern] of RULES) if (pattern.test(text)) return code
  if (status === 404 && /(object|directory) not found/.test(text)) return 'OBJECT_MISSING'
  return 'REMOTE_UNREACHABLE'
}

function errorText(body: string): string | undefined {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    // Plain text is an answer too; it just isn't one of rclone's error objects.
    return undefined
  }
  return ErrorBody.safeParse(json).data?.error
}

function sentence(attempt: Attempt, reason: string): string {
  return `Could not ${attempt.doing}${attempt.fs === undefined ? '' : whereOf(attempt.fs)}: ${reason}.`
}

/** Crypt remotes that Holdfast names itself say nothing to people. */
function whereOf(fs: string): string {
  return fs.endsWith(':') && isOwnRemote(fs.slice(0, -1)) ? ' in the encrypted vault' : ` on "${shownFs(fs)}"`
}

/** Of a connection string only what it is built upon. */
function shownFs(fs: string): string {
  if (!fs.startsWith(':')) return fs
  return /[,:]remote="((?:[^"]|"")*)"/.exec(fs)?.[1]?.replaceAll('""', '"') ?? 'a remote'
}
