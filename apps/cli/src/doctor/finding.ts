/** One thing that was looked at. `next` says how to mend it; null when nothing is to be done. */
export type Finding = {
  readonly check: string
  readonly state: 'ok' | 'warning' | 'problem'
  readonly sentence: string
  readonly next: string | null
}

export function ok(check: string, sentence: string): Finding {
  return { check, state: 'ok', sentence, next: null }
}

export function warning(check: string, sentence: string, next: string): Finding {
  return { check, state: 'warning', sentence, next }
}

export function problem(check: string, sentence: string, next: string): Finding {
  return { check, state: 'problem', sentence, next }
}
