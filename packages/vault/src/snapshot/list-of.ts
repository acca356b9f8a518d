import { z } from 'zod'

/**
 * An array whose elements are all of a shape, like `z.array`, but which gives up at the first that is not: z.array
 * keeps an issue for each, and a million wrong elements would cost gigabytes.
 */
export function listOf<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return z.unknown().transform((value, context): T[] => {
    if (!Array.isArray(value)) {
      context.addIssue('not a list')
      return z.NEVER
    }
    const list: T[] = []
    for (const element of value) {
      const parsed = item.safeParse(element)
      if (!parsed.success) {
        context.addIssue(`element ${list.length} has another shape`)
        return z.NEVER
      }
      list.push(parsed.data)
    }
    return list
  })
}
