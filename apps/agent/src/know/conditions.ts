import type { PlanCard } from '@holdfast/api'
import { type Condition, HOUR_MS, MINUTE_MS } from '@holdfast/domain'

/** Every subject, with what is wrong with it; `held` when it is too early to say. */
export type Verdict =
  | { readonly subject: string; readonly state: 'known'; readonly condition: Condition | undefined }
  | { readonly subject: string; readonly state: 'held' }

const CATCH_UP_MS = 30 * MINUTE_MS

/**
 * What is wrong now, per plan: the home screen's own verdict. A paused plan is somebody's wish and no incident. After
 * the machine was off or asleep, being late is held until the catch-up run had its time: half an hour, or the time that
 * this plan usually takes.
 */
export function planVerdict(
  { plan, protection, running }: Pick<PlanCard, 'plan' | 'protection' | 'running'>,
  { now, awakeSince, usualRunMs }: { now: Date; awakeSince: Date; usualRunMs: number },
): Verdict {
  const subject = plan.id
  if (plan.paused) return { subject, state: 'known', condition: undefined }
  const { state, code, sentence } = protection
  switch (state) {
    case 'protected':
    case 'unknown':
      return { subject, state: 'known', condition: undefined }
    case 'at-risk':
    case 'failing': {
      const late = code === 'overdue' || code === 'long-overdue'
      // Set-up offers it as its last step: whoever is still in it is not to be told by mail.
      if (code === 'no-service' && now.getTime() - plan.createdAt.getTime() < HOUR_MS)
        return { subject, state: 'held' }
      const grace = Math.max(CATCH_UP_MS, usualRunMs)
      if (late && (running !== undefined || now.getTime() - awakeSince.getTime() < grace))
        return { subject, state: 'held' }
      return { subject, state: 'known', condition: { subject, severity: state, code, sentence } }
    }
    default:
      return state satisfies never
  }
}
