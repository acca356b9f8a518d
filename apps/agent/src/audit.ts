import type { Actor } from '@holdfast/api'
import type { AuditAct, AuditActor } from '@holdfast/history'
import { CLI_DEVICE } from './serve/sign-in.ts'

/** Who did it, as the audit trail says it. */
export function auditActor(actor: Actor): AuditActor {
  const kind = actor.device === CLI_DEVICE.id ? 'cli' : 'device'
  return { kind, id: actor.device, name: actor.name, address: actor.address }
}

/** What nobody asked for at that moment: somebody set it so before. */
export const SCHEDULE_ACTOR: AuditActor = { kind: 'schedule', id: null, name: 'Schedule', address: null }

/** An act of somebody for the audit trail; before and after are plain values without secrets. */
export function actOf(
  actor: AuditActor,
  what: { at: Date; act: string; subject: string; before?: unknown; after?: unknown },
): AuditAct {
  return { ...what, actor, before: what.before ?? null, after: what.after ?? null }
}
