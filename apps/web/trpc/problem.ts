import { TRPCClientError } from '@trpc/client'

/** What went wrong, ready to be shown: a sentence, what to do next, and what belongs beside which field. */
export type Problem = {
  readonly code: string
  readonly sentence: string
  readonly next: string
  readonly fields: Readonly<Record<string, readonly string[]>>
}

/** Any thrown thing as a problem. An answer that never came is AGENT_UNREACHABLE. */
export function problemOf(error: unknown): Problem {
  const data = answerOf(error)
  if (data !== undefined && error instanceof Error)
    return { code: data.code, sentence: error.message, next: data.next, fields: data.fields }
  return {
    code: 'AGENT_UNREACHABLE',
    sentence: 'The machine does not answer.',
    next: 'It may be off, or this device is on another network. Try again when both are on.',
    fields: {},
  }
}

/** True when the agent said that this device is not paired (any more). */
export function isNotPaired(error: unknown): boolean {
  return answerOf(error)?.code === 'NOT_PAIRED'
}

/** True when the request got no answer from the agent at all. */
export function isUnreachable(error: unknown): boolean {
  return error !== null && error !== undefined && answerOf(error) === undefined
}

type Answer = { code: string; next: string; retryable: boolean; fields: Record<string, string[]> }

function answerOf(error: unknown): Answer | undefined {
  if (!(error instanceof TRPCClientError)) return undefined
  const data: unknown = error.data
  return isAnswer(data) ? data : undefined
}

function isAnswer(data: unknown): data is Answer {
  return (
    typeof data === 'object' &&
    data !== null &&
    'code' in data &&
    typeof data.code === 'string' &&
    'next' in data &&
    typeof data.next === 'string' &&
    'fields' in data &&
    typeof data.fields === 'object'
  )
}
