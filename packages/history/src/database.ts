import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { HoldfastError } from '@holdfast/domain'
import { type Prisma, PrismaClient } from './generated/client.ts'
import { migrateDatabase, readMigrations } from './migrate-database.ts'
import { type Connection, OneConnection, openConnection, setRules } from './one-connection.ts'

export type Transaction = Prisma.TransactionClient

/** The open database: reads go through `prisma`, every change through `write`. */
export type Database = AsyncDisposable & {
  readonly prisma: PrismaClient
  /**
   * Runs `change` in a transaction: all of it happens or nothing. Changes run one after the other in the order of the
   * calls. Waits for another program that is writing and rejects with DATABASE_BUSY after ten seconds of it; then
   * `change` has not run at all. Once started, `change` runs once.
   */
  write<T>(change: (transaction: Transaction) => Promise<T>): Promise<T>
  /** Another number than before as soon as a change may be seen, at the latest when its promise resolves. */
  changes(): number
}

/** The driver waits without letting go of the thread, so it waits shortly and the rest of the wait is ours. */
const DRIVER_WAIT_MS = 50
const RETRY_MS = 100
const GIVE_UP_MS = 10_000
const TRANSACTION_LIMIT_MS = 60_000

/** Opens the file (made when missing, 0600 by the caller's umask) and brings it to this program's schema. */
export async function openDatabase(options: { file: string; nowMs: number }): Promise<Database> {
  const connection = await openFile(options)
  const prisma = new PrismaClient({ adapter: new OneConnection(connection) })
  let tail: Promise<unknown> = Promise.resolve()
  let changes = 0
  return {
    prisma,
    write(change) {
      const turn = tail
        .then(() => writeWhenFree(prisma, change))
        // Also after a failure: what it read meanwhile is not to be trusted.
        .finally(() => (changes += 1))
      // The next one has its turn whatever came of this one; this one's caller hears of the failure.
      tail = turn.catch(() => undefined)
      return turn
    },
    changes: () => changes,
    async [Symbol.asyncDispose]() {
      await tail
      // What is still in the log goes into the file, so that a copy of the file alone is whole.
      await connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
      await prisma.$disconnect()
      connection.close()
    },
  }
}

async function openFile({ file, nowMs }: { file: string; nowMs: number }): Promise<Connection> {
  const migrations = await readMigrations()
  return whenFree(async () => {
    const connection = openConnection({ url: pathToFileURL(file).href, timeout: DRIVER_WAIT_MS })
    try {
      await connection.execute('PRAGMA journal_mode = WAL')
      await setRules(connection)
      await migrateDatabase(connection, migrations, { file, nowMs })
      return connection
    } catch (error) {
      connection.close()
      throw openingError(error, file)
    }
  })
}

function writeWhenFree<T>(
  prisma: PrismaClient,
  change: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  let started = false
  return whenFree(
    () =>
      prisma.$transaction(
        (transaction) => {
          started = true
          return change(transaction)
        },
        { maxWait: GIVE_UP_MS, timeout: TRANSACTION_LIMIT_MS },
      ),
    () => !started,
  )
}

/** Tries until another program lets go of the database. */
async function whenFree<T>(attempt: () => Promise<T>, mayRepeat: () => boolean = () => true): Promise<T> {
  for (let waitedMs = 0; ; waitedMs += DRIVER_WAIT_MS + RETRY_MS) {
    try {
      return await attempt()
    } catch (error) {
      if (!isBusy(error) || !mayRepeat()) throw error
      if (waitedMs >= GIVE_UP_MS)
        throw new HoldfastError(
          'DATABASE_BUSY',
          'Another program has been writing to the database for too long.',
          {
            cause: error,
          },
        )
    }
    await sleep(RETRY_MS)
  }
}

/** SQLITE_BUSY, as the driver says it, or as Prisma passes it on (P1008: it makes a time-out of it). */
function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false
  return error.code === 'P1008' || (typeof error.code === 'string' && error.code.startsWith('SQLITE_BUSY'))
}

function openingError(error: unknown, file: string): unknown {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    if (error.code.startsWith('SQLITE_NOTADB') || error.code.startsWith('SQLITE_CORRUPT'))
      return new HoldfastError('DATABASE_DAMAGED', `"${file}" is not a readable database.`, { cause: error })
  return error
}
