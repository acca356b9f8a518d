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
  /** Replaces what the change names; sources as a whole. Atomic, safe to repeat. Rejects with PLAN_UNKNOWN. */
  update(id: PlanId, change: PlanChange, options?: WithAudit): Promise<Plan>
  /** The plan is gone for everybody; its runs stay. Atomic. Rejects with PLAN_UNKNOWN. */
  remove(id: PlanId, removedAt: Date, options?: WithAudit): Promise<void>
  /** Every id that a plan has or had. */
  idsEver(): Promise<ReadonlySet<string>>
  /** Atomic, safe to repeat. Rejects with PLAN_UNKNOWN. */
  setPaused(id: PlanId, paused: boolean, options?: WithAudit): Promise<Plan>
}

export type PlanChange = Partial<Pick<Plan, 'name' | 'sources' | 'schedule' | 'options'>>

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
type SourceRow = PlanRow['sources'][number]

export function createPlanStore(database: Database): PlanStore {
  const { prisma } = database
  return {
    list: () => listPlans(prisma),
    get: (id) => planById(prisma, id),
    create: (plan, options = {}) =>
      database.write(async (transaction) => {
        await keepVault(transaction, plan.vault, plan.createdAt)
        await transaction.plan.create({ data: planRow(plan) })
        await appendAudit(transaction, options)
        return planById(transaction, plan.id)
      }),
    update: (id, change, options = {}) =>
      database.write(async (transaction) => {
        await planById(transaction, id)
        const { name, sources, schedule } = change
        await transaction.plan.update({
          where: { id },
          data: {
            ...(name === undefined ? {} : { name }),
            ...(schedule === undefined ? {} : { scheduleJson: JSON.stringify(schedule) }),
            ...(change.options === undefined ? {} : { optionsJson: JSON.stringify(change.options) }),
            ...(sources === undefined ? {} : { sources: { deleteMany: {}, create: sources.map(sourceRow) } }),
          },
        })
        await appendAudit(transaction, options)
        return planById(transaction, id)
      }),
    remove: (id, removedAt, options = {}) =>
      database.write(async (transaction) => {
        await planById(transaction, id)
        await transaction.plan.update({ where: { id }, data: { removedAt, paused: true } })
        await appendAudit(transaction, options)
      }),
    idsEver: async () => new Set((await prisma.plan.findMany({ select: { id: true } })).map(({ id }) => id)),
    setPaused: (id, paused, options = {}) =>
      database.write(async (transaction) => {
        await transaction.plan.updateMany({ where: { id, removedAt: null }, data: { paused } })
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
    where: { removedAt: null },
    include: WITH_PARTS,
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  return rows.map(planOf)
}

async function planById(prisma: Transaction, id: PlanId): Promise<Plan> {
  const row = await prisma.plan.findUnique({ where: { id, removedAt: null }, include: WITH_PARTS })
  if (row === null) throw new HoldfastError('PLAN_UNKNOWN', `There is no plan "${id}".`)
  return planOf(row)
}

/** A vault known by its id takes the new name and place. */
export async function keepVault(transaction: Transaction, vault: Vault, createdAt: Date): Promise<void> {
  const { id, name, place, encrypted } = vault
  const facts = { name, placeJson: JSON.stringify(place), encrypted }
  await transaction.vault.upsert({ where: { id }, create: { id, ...facts, createdAt }, update: facts })
}

/** A new plan with its sources; its vault must be there. */
export function planRow(plan: Plan): Prisma.PlanUncheckedCreateInput {
  return {
    id: plan.id,
    name: plan.name,
    vaultId: plan.vault.id,
    scheduleJson: JSON.stringify(plan.schedule),
    paused: plan.paused,
    optionsJson: JSON.stringify(plan.options),
    createdAt: plan.createdAt,
    sources: { create: plan.sources.map(sourceRow) },
  }
}

function sourceRow(source: Source, position: number) {
  if (source.path.includes('\0'))
    throw new HoldfastError('INPUT_INVALID', 'The path of a source holds a NUL character.')
  const { path, excludes, ...more } = source
  // Rows of before sources could leave out more than rules are lists; plain rules stay one.
  const omissions = Object.keys(more).length === 0 ? excludes : { excludes, ...more }
  return { position, path, excludesJson: JSON.stringify(omissions) }
}

function sourceOf({ path, excludesJson }: SourceRow, plan: string): Source {
  const omissions = readJson(excludesJson)
  const row = Array.isArray(omissions) ? { excludes: omissions } : Object(omissions)
  return readRow(Source, { ...row, path }, `a source of the plan ${plan}`)
}

function planOf(row: PlanRow): Plan {
  const sources = row.sources.map((source) => sourceOf(source, row.id))
  const { id, name, paused, createdAt } = row
  const vault = vaultOf(row.vault)
  return readRow(
    Plan,
    {
      ...{ id, name, sources, vault, paused, createdAt },
      schedule: readJson(row.scheduleJson),
      options: readJson(row.optionsJson),
    },
    `the plan ${id}`,
  )
}

function vaultOf(row: VaultRow): Vault {
  const { id, name, encrypted } = row
  return readRow(Vault, { id, name, place: readJson(row.placeJson), encrypted }, `the vault ${id}`)
}
