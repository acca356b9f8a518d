import type { HookCommandId, HookId, PlanId } from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** The free commands of the machine. They are shown here and chosen by their names; nothing here can define one. */
export type HookCommands = {
  /** Where they are defined, on the machine itself. */
  readonly file: string
  readonly commands: readonly { readonly id: HookCommandId; readonly command: readonly string[] }[]
  /** Why none of them would be run now; null when they would. */
  readonly problem: { readonly message: string; readonly next: string } | null
}

export type HooksPort = {
  commands(): Promise<HookCommands>
  /** The hooks of a plan for which a password is stored; none is ever told. PLAN_UNKNOWN. */
  passwords(plan: PlanId): Promise<HookId[]>
  /**
   * Stores the password of the database that a hook dumps, sealed, or forgets it with null. It is forgotten too when the
   * hook goes to another server or user. PLAN_UNKNOWN; INPUT_INVALID for a hook that takes none.
   */
  setPassword(plan: PlanId, hook: HookId, password: string | null, actor: Actor): Promise<void>
}
