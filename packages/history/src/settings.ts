import { WriterId } from '@holdfast/domain'
import { z } from 'zod'
import type { Database } from './database.ts'
import { readJson, readRow } from './read-row.ts'
import type { RememberReads } from './remember-reads.ts'

/** What is backed up, and this installation's name for itself in every vault. */
export const Machine = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1),
  installation: z.string().min(1),
  writer: WriterId,
  createdAt: z.date(),
})
export type Machine = z.infer<typeof Machine>

export type MachineStore = {
  /** Undefined until it is set for the first time. */
  get(): Promise<Machine | undefined>
  /** Replaces the one machine. Atomic. */
  set(machine: Machine): Promise<void>
}

/** Small values by key, stored as JSON. No secrets: those live in sealed files. */
export type SettingStore = {
  /** Undefined when it was never set. Rejects with DATABASE_DAMAGED when it doesn't fit the schema. */
  get<T>(key: string, schema: z.ZodType<T>): Promise<T | undefined>
  /** Atomic; the last one wins. */
  set(key: string, value: unknown, updatedAt: Date): Promise<void>
}

export function createMachineStore(database: Database): MachineStore {
  return {
    async get() {
      const row = await database.prisma.machine.findFirst()
      return row === null ? undefined : readRow(Machine, row, 'the machine')
    },
    set: (machine) =>
      database.write(async (transaction) => {
        await transaction.machine.deleteMany()
        await transaction.machine.create({ data: machine })
      }),
  }
}

export function createSettingStore(database: Database, remember: RememberReads): SettingStore {
  return {
    async get(key, schema) {
      const row = await remember(`setting ${key}`, () =>
        database.prisma.setting.findUnique({ where: { key } }),
      )
      // Read anew each time: what is handed out is the caller's own.
      return row === null ? undefined : readRow(schema, readJson(row.valueJson), `the setting ${key}`)
    },
    set: (key, value, updatedAt) =>
      database.write(async (transaction) => {
        const facts = { valueJson: JSON.stringify(value), updatedAt }
        await transaction.setting.upsert({ where: { key }, create: { key, ...facts }, update: facts })
      }),
  }
}
