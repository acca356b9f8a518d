import { DeviceId } from '@holdfast/domain'
import { z } from 'zod'
import { appendAudit, type WithAudit } from './audit.ts'
import type { Database } from './database.ts'
import type { Device as DeviceRow } from './generated/client.ts'
import { readRow } from './read-row.ts'
import type { RememberReads } from './remember-reads.ts'

/** A paired device. Only hashes of its session and its secret are kept. The roles are those of the API. */
export const StoredDevice = z.object({
  id: DeviceId,
  name: z.string(),
  role: z.enum(['viewer', 'operator', 'restorer', 'owner']),
  sessionHash: z.string(),
  secretHash: z.string(),
  createdAt: z.date(),
  lastSeenAt: z.date(),
})
export type StoredDevice = z.infer<typeof StoredDevice>

export type DeviceStore = {
  /** Atomic. The id and the session's hash must be new. */
  insert(device: StoredDevice, options?: WithAudit): Promise<void>
  /** The device with this session, undefined when there is none or it was revoked. */
  findBySessionHash(sessionHash: string): Promise<StoredDevice | undefined>
  /** Devices that are not revoked, in the order of pairing. */
  list(): Promise<StoredDevice[]>
  /** Notes that the device was here; an older time or an unknown device changes nothing. */
  touch(id: DeviceId, lastSeenAt: Date): Promise<void>
  /** False when there is no such device, or it was revoked. */
  rename(id: DeviceId, name: string, options?: WithAudit): Promise<boolean>
  /** Ends the device's session for good; its row is kept. False when there was nothing to revoke. */
  revoke(id: DeviceId, revokedAt: Date, options?: WithAudit): Promise<boolean>
}

export function createDeviceStore(database: Database, remember: RememberReads): DeviceStore {
  const { prisma } = database
  return {
    insert: (device, options = {}) =>
      database.write(async (transaction) => {
        await transaction.device.create({ data: device })
        await appendAudit(transaction, options)
      }),
    async findBySessionHash(sessionHash) {
      const row = await remember(`session ${sessionHash}`, () =>
        prisma.device.findUnique({ where: { sessionHash } }),
      )
      return row === null || row.revokedAt !== null ? undefined : deviceOf(row)
    },
    async list() {
      const rows = await prisma.device.findMany({
        where: { revokedAt: null },
        orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
      })
      return rows.map(deviceOf)
    },
    touch: (id, lastSeenAt) =>
      database.write(async (transaction) => {
        await transaction.device.updateMany({
          where: { id, lastSeenAt: { lt: lastSeenAt } },
          data: { lastSeenAt },
        })
      }),
    rename: (id, name, options = {}) =>
      database.write(async (transaction) => {
        const { count } = await transaction.device.updateMany({
          where: { id, revokedAt: null },
          data: { name },
        })
        if (count > 0) await appendAudit(transaction, options)
        return count > 0
      }),
    revoke: (id, revokedAt, options = {}) =>
      database.write(async (transaction) => {
        const { count } = await transaction.device.updateMany({
          where: { id, revokedAt: null },
          data: { revokedAt },
        })
        if (count > 0) await appendAudit(transaction, options)
        return count > 0
      }),
  }
}

function deviceOf(row: DeviceRow): StoredDevice {
  return readRow(StoredDevice, row, `the device ${row.id}`)
}
