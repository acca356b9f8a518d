import type { PlanId, Proof } from '@holdfast/domain'
import type { Actor } from '../context.ts'

/** A plan's newest restore drill since the agent started. */
export type Drill = {
  readonly planId: PlanId
  readonly startedAt: Date
  readonly state: 'running' | 'done' | 'failed'
  readonly filesDone: number
  readonly filesTotal: number | null
  readonly bytesDone: number
  readonly bytesTotal: number | null
  readonly proof: Proof | null
  /** What did not come back as it was, at most 100. */
  readonly mismatched: readonly { readonly path: string; readonly reason: string }[]
  readonly error: { readonly code: string; readonly message: string; readonly next: string } | null
}

export type DrillsPort = {
  /** Answers when it has begun; the one that goes on already is answered too. SNAPSHOT_UNKNOWN before the first run. */
  start(planId: PlanId, actor: Actor): Promise<Drill>
  /** Undefined when there was none since the agent started. */
  get(planId: PlanId): Drill | undefined
}
