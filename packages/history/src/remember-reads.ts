import type { Database } from './database.ts'

/** Answers from memory while nothing was written since; what was read by the same key before. */
export type RememberReads = <T>(key: string, read: () => Promise<T>) => Promise<T>

/** Keys can come from outside (a session that nobody has): more than this are not kept. */
const MOST_KEYS = 500

/**
 * Remembers what was read until the next change through `write`. Two callers get the same object: nobody may change it.
 * A read that failed is not remembered.
 */
export function rememberReads(database: Pick<Database, 'changes'>): RememberReads {
  let since = -1
  const known = new Map<string, Promise<unknown>>()
  return <T>(key: string, read: () => Promise<T>) => {
    if (since !== database.changes() || known.size >= MOST_KEYS) known.clear()
    since = database.changes()
    // One key is read in one way only, so what is known of it is a T.
    const before = known.get(key) as Promise<T> | undefined
    if (before !== undefined) return before
    const now = read()
    known.set(key, now)
    now.catch(() => {
      if (known.get(key) === now) known.delete(key)
    })
    return now
  }
}
