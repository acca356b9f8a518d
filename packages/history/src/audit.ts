import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Database, Transaction } from './database.ts'
import type { AuditEntry as AuditRow, Prisma } from './generated/client.ts'
import { readJson, readRow } from './read-row.ts'

/** Who did it. `id` is the device's; `address` where the request came from. Both null for the machine itself. */
export const AuditActor = z.object({
  kind: z.enum(['device', 'cli', 'schedule', 'agent']),
  id: z.string().nullable(),
  name: z.string(),
  address: z.string().nullable(),
})
export type AuditActor = z.infer<typeof AuditActor>

/** Something that somebody did. `before` and `after` are JSON values; null where there is none. */
export type AuditAct = {
  readonly at: Date
  readonly actor: AuditActor
  /** `plan.create`, `device.revoke`, … */
  readonly act: string
  /** The id of what it was done to. */
  readonly subject: string
  readonly before: unknown
  readonly after: unknown
}
export type AuditEntry = AuditAct & { readonly seq: number; readonly previous: string; readonly hash: string }

/**
 * `brokenAt` is the first entry that does not follow from the one before; with `head-unknown` the first one that no
 * noted head vouches for: from there on entries were cut off or written anew.
 */
export type AuditVerdict =
  | { readonly ok: true; readonly entries: number; readonly head: string }
  | { readonly ok: false; readonly brokenAt: number; readonly why: 'missing' | 'changed' | 'head-unknown' }

/** Which entries: all that is said has to fit. */
export type AuditFilter = {
  /** The beginning of the act: `plan.` */
  readonly act?: string | undefined
  /** Who did it: kind, name or id of the actor. */
  readonly actor?: string | undefined
  readonly subject?: string | undefined
  readonly since?: Date | undefined
  readonly until?: Date | undefined
  /** Stands anywhere in the entry, whatever its case. */
  readonly text?: string | undefined
}

/** A change may carry the act that it is: then both are stored or none is. */
export type WithAudit = { readonly audit?: AuditAct | undefined }

const NO_HASH = '0'.repeat(64)
const PAGE = 200

/** The append-only record of acts, chained by hashes: a changed, moved or missing entry shows. */
export type AuditTrail = {
  /** Stores an act that changes nothing in this database. Atomic. */
  append(act: AuditAct): Promise<AuditEntry>
  /** Newest first; `before` is the `seq` of the last entry of the page before. */
  list(query: AuditFilter & { before?: number | undefined; limit: number }): Promise<AuditEntry[]>
  /** The hash of the newest entry; 64 zeros when there is none. */
  head(): Promise<string>
  /**
   * Computes the whole chain again. With `knownHeads`, heads that were noted elsewhere, it also finds entries cut off at
   * the end and a chain that was written anew, which the chain alone can't show.
   */
  verify(options?: { knownHeads?: readonly string[] }): Promise<AuditVerdict>
}

export function createAuditTrail(database: Database): AuditTrail {
  const { prisma } = database
  return {
    append: (act) => database.write((transaction) => appendAct(transaction, act)),
    async list({ before, limit, ...filter }) {
      const found: AuditEntry[] = []
      let below = before
      for (;;) {
        const rows = await prisma.auditEntry.findMany({
          where: { AND: [...(below === undefined ? [] : [{ seq: { lt: below } }]), ...conditions(filter)] },
          orderBy: { seq: 'desc' },
          take: limit,
        })
        const fitting = rows.filter((row) => hasTexts(row, filter))
        found.push(...fitting.slice(0, limit - found.length).map(auditEntryOf))
        below = rows.at(-1)?.seq
        if (rows.length < limit || found.length === limit) return found
      }
    },
    async head() {
      const last = await prisma.auditEntry.findFirst({ orderBy: { seq: 'desc' }, select: { hash: true } })
      return last?.hash ?? NO_HASH
    },
    async verify(options = {}) {
      let seq = 0
      let head = NO_HASH
      const unseen = new Set(options.knownHeads)
      unseen.delete(NO_HASH)
      let vouchedFor = 0
      for (;;) {
        const page = await prisma.auditEntry.findMany({
          where: { seq: { gt: seq } },
          orderBy: { seq: 'asc' },
          take: PAGE,
        })
        for (const row of page) {
          if (row.seq !== seq + 1) return { ok: false, brokenAt: seq + 1, why: 'missing' }
          if (row.previous !== head || row.hash !== hashOf(head, row))
            return { ok: false, brokenAt: row.seq, why: 'changed' }
          seq = row.seq
          head = row.hash
          if (unseen.delete(head)) vouchedFor = seq
        }
        if (page.length < PAGE) break
      }
      return unseen.size === 0
        ? { ok: true, entries: seq, head }
        : { ok: false, brokenAt: vouchedFor + 1, why: 'head-unknown' }
    },
  }
}

const jsonText = (value: string) => JSON.stringify(value).slice(1, -1)

/** The database takes `%` and `_` for any text, so what it found is looked at once more. */
function hasTexts(row: AuditRow, { act, actor, text }: AuditFilter): boolean {
  const has = (value: string | null, part: string) => value?.toLowerCase().includes(part.toLowerCase())
  if (act !== undefined && !row.act.toLowerCase().startsWith(act.toLowerCase())) return false
  if (actor !== undefined && !has(row.actorJson, jsonText(actor))) return false
  if (text === undefined || has(row.act, text) || has(row.subject, text)) return true
  return [row.actorJson, row.beforeJson, row.afterJson].some((json) => has(json, jsonText(text)))
}

/** What a filter asks of a row, or a little less. SQLite compares ASCII letters of both cases as one. */
function conditions({ act, actor, subject, since, until, text }: AuditFilter): Prisma.AuditEntryWhereInput[] {
  return [
    ...(act === undefined ? [] : [{ act: { startsWith: act } }]),
    ...(actor === undefined ? [] : [{ actorJson: { contains: jsonText(actor) } }]),
    ...(subject === undefined ? [] : [{ subject }]),
    ...(since === undefined ? [] : [{ at: { gte: since } }]),
    ...(until === undefined ? [] : [{ at: { lte: until } }]),
    ...(text === undefined
      ? []
      : [
          {
            OR: [
              ...[{ act: { contains: text } }, { subject: { contains: text } }],
              ...(['actorJson', 'beforeJson', 'afterJson'] as const).map((column) => ({
                [column]: { contains: jsonText(text) },
              })),
            ],
          },
        ]),
  ]
}

/** Stores the act inside a transaction that also holds what it did; nothing without an act. */
export async function appendAudit(transaction: Transaction, { audit }: WithAudit): Promise<void> {
  if (audit !== undefined) await appendAct(transaction, audit)
}

/** Adds an act to the end of the chain. */
export async function appendAct(transaction: Transaction, act: AuditAct): Promise<AuditEntry> {
  const last = await transaction.auditEntry.findFirst({
    orderBy: { seq: 'desc' },
    select: { seq: true, hash: true },
  })
  const previous = last?.hash ?? NO_HASH
  const facts = {
    seq: (last?.seq ?? 0) + 1,
    at: act.at,
    actorJson: canonicalJson(act.actor),
    act: act.act,
    subject: act.subject,
    beforeJson: act.before == null ? null : canonicalJson(act.before),
    afterJson: act.after == null ? null : canonicalJson(act.after),
  }
  const row = await transaction.auditEntry.create({
    data: { ...facts, previous, hash: hashOf(previous, facts) },
  })
  return auditEntryOf(row)
}

/** SHA-256, as hex, of the previous hash, a line feed, and the entry as canonical JSON. */
function hashOf(previous: string, row: Omit<AuditRow, 'previous' | 'hash'>): string {
  const { seq, at, actorJson, act, subject, beforeJson, afterJson } = row
  const text = canonicalJson({ seq, at: at.toISOString(), actorJson, act, subject, beforeJson, afterJson })
  return createHash('sha256').update(`${previous}\n${text}`).digest('hex')
}

/** One text for one value: keys in order at every depth, dates as ISO text, no spaces. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : inner,
  )
}

/** An entry as stored. DATABASE_DAMAGED when the row can't be read. */
export function auditEntryOf(row: AuditRow): AuditEntry {
  return {
    seq: row.seq,
    at: row.at,
    actor: readRow(AuditActor, readJson(row.actorJson), `the audit entry ${row.seq}`),
    act: row.act,
    subject: row.subject,
    before: readJson(row.beforeJson),
    after: readJson(row.afterJson),
    previous: row.previous,
    hash: row.hash,
  }
}

/** The row of an entry as it was stored elsewhere, with its own place in the chain. */
export function auditRowOf(entry: AuditEntry): AuditRow {
  const { seq, at, act, subject, previous, hash } = entry
  return {
    ...{ seq, at, act, subject, previous, hash, actorJson: canonicalJson(entry.actor) },
    beforeJson: entry.before == null ? null : canonicalJson(entry.before),
    afterJson: entry.after == null ? null : canonicalJson(entry.after),
  }
}
