import { z } from 'zod'

/**
 * What an installation may do with its machine's history in one vault when it is not simply its writer: `reader` came
 * back from a vault without taking the machine over, `taken-over` was told by the vault that another one writes now.
 */
export const Standing = z.object({
  kind: z.enum(['reader', 'taken-over']),
  /** The machine whose history it is, as people call it. */
  machine: z.string(),
  since: z.coerce.date(),
})
export type Standing = z.infer<typeof Standing>
