import type { Actor } from '../context.ts'

export type MetricsPort = {
  /** Whether `/metrics` answers, and since when its token is good. */
  status(): Promise<{ since: Date | null }>
  /** Makes the token in place of an earlier one; it is told this once. */
  makeToken(actor: Actor): Promise<{ token: string }>
  /** Ends the token: `/metrics` is off. */
  removeToken(actor: Actor): Promise<void>
}
