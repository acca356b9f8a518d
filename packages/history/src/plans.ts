import { HoldfastError, Plan, type PlanId, Source, Vault, type VaultId } from '@holdfast/domain'
import { appendAudit, type WithAudit } from './audit.ts'
import type { Database, Transaction } from './database.ts'
import type { Prisma, Vault as VaultRow } from './generated/client.ts'
import { readJson, readRow } from './read-row.ts'

export type PlanStore = {
  /** In the order in which they were made. */
  list(): Promise<Plan[]>
  /** Rejects with PLAN_UNKNOWN. */
  get(id: PlanId): Promise<Plan>
  /**
   * Stores the plan with its sources, and its vault: a vault known by its id takes the new name and place. Atomic.
   * The id must be new.
   */
  create(plan: Plan, options?: WithAudit): Promise<Plan>
  /** Atomic, safe to repeat. Rejects with PLAN_UNKNOWN. */
  setPaused(id: PlanId, paused: boolean, options?: WithAudit): Promise<Plan>
}

export type VaultStore = {
  /** In the order in which they became known. */
  list(): Promise<Vault[]>
  get(id: VaultId): Promise<Vault | undefined>
  /** The highest snapshot number that this machine knows to have written there; 0 for none or an unknown vault. */
  lastSeq(id: VaultId): Promise<number>
  /** Remembers a number that was used there. Never goes down; an unknown vault is no error. */
  noteSeq(id: VaultId, seq: number): Promise<void>
}

const WITH_PARTS = { vault: true, sources: { orderBy: { position: 'asc' } } } satisfies Prisma.PlanInclude
type PlanRow = Prisma.PlanGetPayload<{ include: typeof WITH_PARTS }>

export function createPlanStore(database: Database): PlanStore {
  const { prisma } = database
  return {
    list: () => listPlans(prisma),
    get: (id) => planById(prisma, id),
    create: (plan, options = {}) =>
      database.write(async (transaction) => {
        await keepVault(transaction, plan)
        await transaction.plan.create({
          data: {
            id: plan.id,
            name: plan.name,
            vaultId: plan.vault.id,
            scheduleJson: JSON.stringify(plan.schedule),
            paused: plan.paused,
            createdAt: plan.createdAt,
            sources: { create: plan.sources.map(sourceRow) },
          },
        })
        await appendAudit(transaction, options)
        return planById(transaction, plan.id)
      }),
    setPaused: (id, paused, options = {}) =>
      database.write(async (transaction) => {
        await transaction.plan.updateMany({ where: { id }, data: { paused } })
        const plan = await planById(transaction, id)
        await appendAudit(transaction, options)
        return plan
      }),
  }
}

export function createVaultStore(database: Database): VaultStore {
  const { prisma } = database
  return {
    list: async () =>
      (await prisma.vault.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] })).map(vaultOf),
    async get(id) {
      const row = await prisma.vault.findUnique({ where: { id } })
      return row === null ? undefined : vaultOf(row)
    },
    lastSeq: async (id) => (await prisma.vault.findUnique({ where: { id } }))?.lastSeq ?? 0,
    noteSeq: (id, seq) => database.write((transaction) => raiseLastSeq(transaction, id, seq)),
  }
}

/** Never lowers it: an older run's end must not hand out a number twice. */
export async function raiseLastSeq(transaction: Transaction, id: string, seq: number): Promise<void> {
  await transaction.vault.updateMany({ where: { id, lastSeq: { lt: seq } }, data: { lastSeq: seq } })
}

/** Every plan, in the order in which they were made. */
export async function listPlans(prisma: Transaction): Promise<Plan[]> {
  const rows = await prisma.plan.findMany({
    include: WITH_PARTS,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(planOf)
}

async function planById(prisma: Transaction, id: PlanId): Promise<Plan> {
  const row = await prisma.plan.findUnique({ where: { id }, include: WITH_PARTS })
  if (row === null) throw new HoldfastError('PLAN_UNKNOWN', `There is no plan "${id}".`)
  return planOf(row)
}

async function keepVault(transaction: Transaction, plan: Plan): Promise<void> {
  const { id, name, place, encrypted } = plan.vault
  const facts = { name, placeJson: JSON.stringify(place), encrypted }
  await transaction.vault.upsert({
    where: { id },
    create: { id, ...facts, createdAt: plan.createdAt },
    update: facts,
  })
}

function sourceRow(source: Source, position: number) {
  if (source.path.includes('\0'))
    throw new HoldfastError('INPUT_INVALID', 'The path of a source holds a NUL character.')
  return { position, path: source.path, excludesJson: JSON.stringify(source.excludes) }
}

function planOf(row: PlanRow): Plan {
  const sources = row.sources.map(({ path, excludesJson }) =>
    readRow(Source, { path, excludes: readJson(excludesJson) }, `a source of the plan ${row.id}`),
  )
  const { id, name, paused, createdAt } = row
  const vault = vaultOf(row.vault)
  return readRow(
    Plan,
    { id, name, sources, vault, schedule: readJson(row.scheduleJson), paused, createdAt },
    `the plan ${id}`,
  )
}

function vaultOf(row: VaultRow): Vault {
  const { id, name, encrypted } = row
  return readRow(Vault, { id, name, place: readJson(row.placeJson), encrypted }, `the vault ${id}`)
}
