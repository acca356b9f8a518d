import type { Actor } from '../context.ts'
import type { Download } from './restores.ts'

/** One entry of the audit trail. `before` and `after` are JSON values without secrets; null where there is none. */
export type AuditEntryInfo = {
  readonly seq: number
  readonly at: Date
  readonly actor: {
    readonly kind: 'device' | 'cli' | 'schedule' | 'agent'
    readonly id: string | null
    readonly name: string
    readonly address: string | null
  }
  readonly act: string
  readonly subject: string
  /** The name of the plan, vault, device or channel that the subject is the id of; null where there is none (any more). */
  readonly subjectName: string | null
  readonly before: unknown
  readonly after: unknown
  readonly hash: string
}

/** Which entries: all that is said has to fit. */
export type AuditQuery = {
  /** The beginning of the act: `plan.` */
  readonly act?: string | undefined
  readonly actor?: string | undefined
  readonly subject?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  readonly text?: string | undefined
}

/** Whether the trail is as it was written, and what vouches for that. */
export type AuditCheck = {
  readonly ok: boolean
  readonly entries: number
  /** The first entry that is not right; null when all are. */
  readonly brokenAt: number | null
  readonly why: 'missing' | 'changed' | 'head-unknown' | null
  /** The vaults whose snapshots were asked, how many heads they carry, and why one could not be asked. */
  readonly vaults: readonly {
    readonly name: string
    readonly heads: number
    readonly problem: string | null
  }[]
}

export type AuditPort = {
  /** Newest first; `before` is the `seq` of the last entry of the page before. */
  list(query: AuditQuery & { before?: number | undefined; limit: number }): Promise<AuditEntryInfo[]>
  /** Computes the chain again and compares it with the heads that the machine's snapshots carry. */
  verify(signal: AbortSignal): Promise<AuditCheck>
  /** A link to all entries that fit, oldest first, as a file. */
  export(query: AuditQuery & { format: 'csv' | 'json' }, actor: Actor): Promise<Download>
}
