import { HoldfastError } from '@holdfast/domain'
import type { z } from 'zod'

/**
 * Parses what stands in the database. `what` names the row for people. Throws DATABASE_DAMAGED when it does not fit: an
 * older program's rows are brought up by a migration, so nothing else can cause it.
 */
export function readRow<T>(schema: z.ZodType<T>, row: unknown, what: string): T {
  const parsed = schema.safeParse(row)
  if (parsed.success) return parsed.data
  throw new HoldfastError('DATABASE_DAMAGED', `The history holds ${what} in a form that can't be read.`, {
    cause: parsed.error,
  })
}

/** A JSON column as a value; null stays null. Text that is not JSON becomes undefined, which no schema accepts. */
export function readJson(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
