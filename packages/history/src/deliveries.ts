import { Message } from '@holdfast/domain'
import { z } from 'zod'
import type { Database, Transaction } from './database.ts'
import type { Delivery as DeliveryRow } from './generated/client.ts'
import { readJson, readRow } from './read-row.ts'

/** A message for a channel, not to be sent before `dueAt`. */
export type NewDelivery = {
  readonly message: Message
  readonly channelId: string
  readonly createdAt: Date
  readonly dueAt: Date
}

/** Something that comes again and again; `times` says when, `dueAt` is the latest time that has come. */
export type Occasion = { readonly name: string; readonly times: string; readonly dueAt: Date }

const Noted = z.object({ times: z.string(), dueAt: z.coerce.date() })

const Delivery = z.object({
  seq: z.number().int(),
  message: Message,
  channelId: z.string(),
  /** `given-up`: refused for good, or tried for too long. */
  state: z.enum(['waiting', 'sent', 'given-up']),
  attempts: z.number().int(),
  createdAt: z.date(),
  dueAt: z.date(),
  finishedAt: z.date().nullable(),
  /** What the other side said last. */
  answer: z.string().nullable(),
})
export type Delivery = z.infer<typeof Delivery>

/** What came of an attempt. */
export type Attempt = Pick<Delivery, 'state' | 'dueAt' | 'finishedAt' | 'answer'>

/** The outbox: what is stored is sent at least once, whatever crashes, until it is given up. */
export type DeliveryStore = {
  /** All of them or none. */
  add(deliveries: readonly NewDelivery[]): Promise<void>
  /**
   * Stores what is due at a time of an occasion, once: false, and nothing stored, when it or a later one was before.
   * An occasion that is new, or comes at other times than before, is only noted: what was due then is nobody's wish.
   * Atomic, whoever else does the same.
   */
  addDue(occasion: Occasion, deliveries: readonly NewDelivery[]): Promise<boolean>
  /** False where `addDue` has nothing to do: to ask before what is to be stored is made. */
  isDue(occasion: Occasion): Promise<boolean>
  /** Those that wait and are due, the oldest first. */
  listDue(now: Date, limit: number): Promise<Delivery[]>
  /** When the next one that waits is due; undefined when none waits. */
  nextDueAt(): Promise<Date | undefined>
  /** Notes one more attempt. */
  record(seq: number, attempt: Attempt): Promise<void>
  /** Newest first, of one channel or of all. */
  list(query: { channelId?: string | undefined; limit: number }): Promise<Delivery[]>
  /** Gives up what waits for a channel that is gone. */
  dropWaiting(channelId: string, at: Date): Promise<void>
  /** Removes what was finished before. */
  forgetBefore(at: Date): Promise<void>
}

export function createDeliveryStore(database: Database): DeliveryStore {
  const { prisma } = database
  return {
    add: (deliveries) => database.write((transaction) => insertDeliveries(transaction, deliveries)),
    addDue: ({ name, times, dueAt }, deliveries) =>
      database.write(async (transaction) => {
        const key = keyOf(name)
        const noted = await readNoted(transaction, key)
        const known = noted?.times === times
        if (known && noted.dueAt >= dueAt) return false
        const facts = { valueJson: JSON.stringify({ times, dueAt }), updatedAt: dueAt }
        await transaction.setting.upsert({ where: { key }, create: { key, ...facts }, update: facts })
        if (known) await insertDeliveries(transaction, deliveries)
        return known
      }),
    async isDue({ name, times, dueAt }) {
      const noted = await readNoted(prisma, keyOf(name))
      return noted?.times !== times || noted.dueAt < dueAt
    },
    async listDue(now, limit) {
      const rows = await prisma.delivery.findMany({
        where: { state: 'waiting', dueAt: { lte: now } },
        orderBy: { seq: 'asc' },
        take: limit,
      })
      return rows.map(deliveryOf)
    },
    async nextDueAt() {
      const row = await prisma.delivery.findFirst({ where: { state: 'waiting' }, orderBy: { dueAt: 'asc' } })
      return row?.dueAt
    },
    record: (seq, attempt) =>
      database.write(async (transaction) => {
        await transaction.delivery.update({
          where: { seq },
          data: { ...attempt, attempts: { increment: 1 } },
        })
      }),
    async list({ channelId, limit }) {
      const where = channelId === undefined ? {} : { channelId }
      const rows = await prisma.delivery.findMany({ where, orderBy: { seq: 'desc' }, take: limit })
      return rows.map(deliveryOf)
    },
    dropWaiting: (channelId, at) =>
      database.write(async (transaction) => {
        await transaction.delivery.updateMany({
          where: { channelId, state: 'waiting' },
          data: { state: 'given-up', finishedAt: at, answer: 'The channel was removed.' },
        })
      }),
    forgetBefore: (at) =>
      database.write(async (transaction) => {
        await transaction.delivery.deleteMany({ where: { finishedAt: { lt: at } } })
      }),
  }
}

const keyOf = (occasion: string) => `due-${occasion}`

async function readNoted(
  { setting }: Pick<Transaction, 'setting'>,
  key: string,
): Promise<z.infer<typeof Noted> | undefined> {
  const row = await setting.findUnique({ where: { key } })
  return row === null ? undefined : readRow(Noted, readJson(row.valueJson), `the setting ${key}`)
}

/** Stores deliveries inside a transaction that also holds why they are sent. */
export async function insertDeliveries(
  transaction: Transaction,
  deliveries: readonly NewDelivery[],
): Promise<void> {
  for (const { message, ...facts } of deliveries)
    await transaction.delivery.create({
      data: { ...facts, messageJson: JSON.stringify(message), state: 'waiting' },
    })
}

function deliveryOf({ messageJson, ...row }: DeliveryRow): Delivery {
  return readRow(Delivery, { ...row, message: readJson(messageJson) }, `the delivery ${row.seq}`)
}
