import { isHoldfastError } from '@holdfast/domain'
import type { AgentLogLine } from '../context.ts'

/** One line of the agent's log as it is printed: words for people, or one JSON object. Nothing in it is secret. */
export function logText(
  { level, text, error }: AgentLogLine,
  { form, at }: { form: 'text' | 'json'; at: Date },
): string {
  const facts = error === undefined ? undefined : factsOf(error)
  if (form === 'json') {
    const line = { at: at.toISOString(), level, text: redacted(text), ...(facts && { error: facts }) }
    return `${JSON.stringify(line)}\n`
  }
  const detail = facts === undefined ? '' : ` ${facts.stack ?? facts.message}`
  return `${level}: ${redacted(text)}${detail}\n`
}

/** Text without what looks like a secret: credentials and queries of addresses, values of keys with such names. */
export function redacted(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*@/gi, '$1')
    .replace(/([a-z][a-z0-9+.-]*:\/\/[^\s?#"']*)[?#][^\s"']*/gi, '$1')
    .replace(/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 …')
    .replace(
      /((?:pass(?:word|phrase)?2?|pwd|token|secret|api[_-]?key|private[_-]?key|master[_-]?key|authorization|cookie)["']?\s*[=:]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|(?!…)\S+)/gi,
      '$1…',
    )
    .replace(/-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g, '…')
}

/** The causes of an error are left out: they hold what was answered or parsed, word for word. */
function factsOf(error: unknown): { code?: string; message: string; stack?: string } {
  if (!(error instanceof Error)) return { message: redacted(String(error)) }
  return {
    ...(isHoldfastError(error) ? { code: error.code } : {}),
    message: redacted(error.message),
    ...(error.stack === undefined ? {} : { stack: redacted(error.stack) }),
  }
}
