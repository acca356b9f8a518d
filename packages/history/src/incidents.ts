import type { Incident } from '@holdfast/domain'
import { SEVERITIES } from '@holdfast/domain'
import { z } from 'zod'
import type { Database, Transaction } from './database.ts'
import { insertDeliveries, type NewDelivery } from './deliveries.ts'
import type { Incident as IncidentRow } from './generated/client.ts'
import { readRow } from './read-row.ts'

const StoredIncident = z.object({
  id: z.string(),
  subject: z.string(),
  severity: z.enum(SEVERITIES),
  code: z.string(),
  sentence: z.string(),
  openedAt: z.date(),
  reminders: z.number().int(),
  flapping: z.boolean(),
  calmSince: z.date().nullable(),
  recoveredAt: z.date().nullable(),
})

export type IncidentStore = {
  /** Oldest first. */
  listOpen(): Promise<Incident[]>
  /** Newest first; `before` is the last incident of the page before. */
  list(query: { before?: string | undefined; limit: number }): Promise<Incident[]>
  /** Those of a subject that have ended and were opened at `since` or later. */
  listEnded(subject: string, since: Date): Promise<Incident[]>
  /** Those that were open at `since` or later, oldest first. */
  listSince(since: Date): Promise<Incident[]>
  /** Stores new and changed incidents together with what is to be sent of them: all of it or nothing. */
  apply(incidents: readonly Incident[], deliveries: readonly NewDelivery[]): Promise<void>
}

export function createIncidentStore(database: Database): IncidentStore {
  const { prisma } = database
  return {
    async listOpen() {
      const rows = await prisma.incident.findMany({ where: { recoveredAt: null }, orderBy: { seq: 'asc' } })
      return rows.map(incidentOf)
    },
    async list({ before, limit }) {
      const last = before === undefined ? null : await prisma.incident.findUnique({ where: { id: before } })
      const where = last === null ? {} : { seq: { lt: last.seq } }
      const rows = await prisma.incident.findMany({ where, orderBy: { seq: 'desc' }, take: limit })
      return rows.map(incidentOf)
    },
    async listEnded(subject, since) {
      const rows = await prisma.incident.findMany({
        where: { subject, openedAt: { gte: since }, recoveredAt: { not: null } },
        orderBy: { seq: 'asc' },
      })
      return rows.map(incidentOf)
    },
    async listSince(since) {
      const rows = await prisma.incident.findMany({
        where: { OR: [{ recoveredAt: null }, { recoveredAt: { gte: since } }] },
        orderBy: { seq: 'asc' },
      })
      return rows.map(incidentOf)
    },
    apply: (incidents, deliveries) =>
      database.write(async (transaction) => {
        for (const incident of incidents) await storeIncident(transaction, incident)
        await insertDeliveries(transaction, deliveries)
      }),
  }
}

async function storeIncident(transaction: Transaction, incident: Incident): Promise<void> {
  await transaction.incident.upsert({ where: { id: incident.id }, create: incident, update: incident })
}

function incidentOf(row: IncidentRow): Incident {
  return readRow(StoredIncident, row, `the incident ${row.id}`)
}
