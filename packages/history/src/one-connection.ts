import { PrismaLibSql } from '@prisma/adapter-libsql'

type Config = Parameters<PrismaLibSql['createClient']>[0]
type Client = ReturnType<PrismaLibSql['createClient']>
type InStatement = Exclude<Parameters<Client['batch']>[0][number], readonly unknown[]>

export type Connection = Client

/** Opens a SQLite file (made when missing) as one connection. */
export function openConnection(config: Config): Connection {
  return new PrismaLibSql(config).createClient(config)
}

/** What holds for a connection and not for the file: foreign keys count, and a commit is on the disk. */
export async function setRules(connection: Connection): Promise<void> {
  await connection.execute('PRAGMA synchronous = FULL')
  await connection.execute('PRAGMA foreign_keys = ON')
}

/** Takes the write lock and starts a transaction; rejects with the driver's SQLITE_BUSY when another one has it. */
export async function beginImmediate(connection: Connection): Promise<void> {
  try {
    await connection.execute('BEGIN IMMEDIATE')
  } catch (error) {
    // The driver leaves the statement that had to wait unfinished, and then nothing commits: only a new connection
    // gets rid of it.
    connection.reconnect()
    await setRules(connection)
    throw error
  }
}

/**
 * Prisma's door to one open connection. The driver on its own opens a new connection after each transaction, which
 * forgets the pragmas and stays open until garbage collection; it also takes the write lock late, where waiting for it
 * can fail. Here a transaction is `BEGIN IMMEDIATE` on the one connection: Prisma's adapter lets nothing else in
 * between, because it holds its own lock until the transaction ends.
 */
export class OneConnection extends PrismaLibSql {
  readonly #client: Client

  constructor(client: Client) {
    super({ url: 'file::memory:' })
    this.#client = client
  }

  override createClient(): Client {
    return new Proxy(this.#client, {
      get: (client, property) => {
        if (property === 'transaction') return () => startTransaction(client)
        if (property === 'execute') return (statement: InStatement) => execute(client, statement)
        const value: unknown = Reflect.get(client, property, client)
        return typeof value === 'function' ? value.bind(client) : value
      },
    })
  }
}

/** The driver silently cuts text at a NUL, which could make another path of a path: such text is refused. */
async function execute(
  client: Client,
  statement: InStatement,
): ReturnType<Client['batch']> extends Promise<(infer R)[]> ? Promise<R> : never {
  if (typeof statement === 'object' && Array.isArray(statement.args))
    if (statement.args.some((arg) => typeof arg === 'string' && arg.includes('\0')))
      throw new TypeError('text with a NUL character can not be stored')
  return client.execute(statement)
}

async function startTransaction(client: Client): ReturnType<Client['transaction']> {
  await beginImmediate(client)
  let closed = false
  const end = async (statement: 'COMMIT' | 'ROLLBACK') => {
    closed = true
    try {
      await client.execute(statement)
    } catch (error) {
      // A commit that failed, on a full disk for example, leaves the transaction open.
      if (statement === 'COMMIT') await client.execute('ROLLBACK')
      throw error
    }
  }
  return {
    execute: (statement: InStatement) => execute(client, statement),
    batch: () => Promise.reject(new TypeError('a batch inside a transaction is not supported')),
    executeMultiple: (sql) => client.executeMultiple(sql),
    commit: () => end('COMMIT'),
    rollback: () => end('ROLLBACK'),
    close: () => undefined,
    get closed() {
      return closed
    },
  }
}
