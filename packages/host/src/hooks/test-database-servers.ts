import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const PATH = `${process.env.PATH ?? ''}:/usr/sbin`
const UTF8 = '--default-character-set=utf8mb4'
const POSTGRES_HOME = '/usr/lib/postgresql'

/** A database server that only this test reaches, by a unix socket in a folder of its own. */
export type TestServer = AsyncDisposable & {
  /** What a hook names as host. */
  readonly host: string
  /** A client's answer to SQL, as the server's superuser. */
  sql(text: string, database?: string): string
  /** Reads a dump into a database. */
  load(dump: string, database: string): void
}

/** PostgreSQL, where passwords are asked for also on the socket. Its superuser is `boss`. */
export async function startPostgres(password: string): Promise<TestServer> {
  const [version = ''] = readdirSync(POSTGRES_HOME).sort((a, b) => Number(b) - Number(a))
  const bin = join(POSTGRES_HOME, version, 'bin')
  const { dir, as, clear } = serverFolder('postgres')
  const data = join(dir, 'data')
  const secret = join(dir, 'password')
  writeFileSync(secret, password, { mode: 0o644 })
  const init = ['-D', data, '-U', 'boss', '-A', 'scram-sha-256', '--pwfile', secret, '-E', 'UTF8']
  call([...as, join(bin, 'initdb'), ...init, '--no-locale', '--no-sync'])
  const settings = ['listen_addresses=', `unix_socket_directories=${dir}`, 'fsync=off', 'max_connections=10']
  const words = [join(bin, 'postgres'), '-D', data, ...settings.flatMap((one) => ['-c', one])]
  const stop = start([...as, ...words], 'SIGINT')
  const env = { PATH, PGHOST: dir, PGUSER: 'boss', PGPASSWORD: password }
  const psql = ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1']
  await answers(() => call([...psql, '-d', 'postgres', '-c', 'select 1'], { env }))
  return {
    host: dir,
    sql: (text, database = 'postgres') => call([...psql, '-d', database], { env, input: text }),
    load: (dump, database) => void call([...psql, '-d', database, '-f', dump], { env }),
    [Symbol.asyncDispose]: () => stop().then(clear),
  }
}

/** MariaDB; the user of this process is its superuser by the socket, and others need a password. */
export async function startMariadb(): Promise<TestServer> {
  const { dir, user, clear } = serverFolder('mysql')
  const data = join(dir, 'data')
  const socket = join(dir, 's')
  const common = ['--no-defaults', `--datadir=${data}`, `--user=${user}`]
  const fast = ['--innodb-log-file-size=4M', '--innodb-buffer-pool-size=16M', '--innodb-flush-method=nosync']
  call([
    'mariadb-install-db',
    ...common,
    ...fast,
    '--skip-test-db',
    '--auth-root-authentication-method=socket',
  ])
  const own = [
    '--skip-networking',
    '--character-set-server=utf8mb4',
    `--socket=${socket}`,
    `--pid-file=${dir}/pid`,
  ]
  const stop = start(['mariadbd', ...common, ...fast, ...own], 'SIGTERM')
  const client = ['mariadb', '--no-defaults', `--socket=${socket}`, '--batch', '--skip-column-names', UTF8]
  await answers(() => call([...client, '-e', 'select 1']))
  return {
    host: socket,
    sql: (text, database) =>
      call([...client, ...(database === undefined ? [] : [database])], { input: text }),
    load: (dump, database) => void call([...client, database, '-e', `source ${dump}`]),
    [Symbol.asyncDispose]: () => stop().then(clear),
  }
}

/** These servers refuse to run as root: their Debian users do it then. */
function serverFolder(user: string): { dir: string; user: string; as: string[]; clear: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'hf-db-'))
  const clear = () => rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  if (process.getuid?.() !== 0) return { dir, user: String(process.env.USER ?? user), as: [], clear }
  call(['chown', user, dir])
  // The client of the test comes in as root.
  chmodSync(dir, 0o755)
  mkdirSync(join(dir, 'data'), { mode: 0o700 })
  call(['chown', user, join(dir, 'data')])
  return { dir, user, as: ['runuser', '-u', user, '--'], clear }
}

function start(words: string[], end: NodeJS.Signals): () => Promise<void> {
  const [file = '', ...args] = words
  const child = spawn(file, args, { stdio: 'ignore', env: { PATH, LC_ALL: 'C' }, cwd: '/', detached: true })
  const gone = once(child, 'exit')
  return async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, end)
    await gone
  }
}

async function answers(ask: () => unknown): Promise<void> {
  for (let i = 0; ; i += 1)
    try {
      ask()
      return
    } catch (error) {
      if (i === 100) throw error
      await wait(100)
    }
}

function call(
  [file = '', ...args]: string[],
  options: { env?: Record<string, string>; input?: string } = {},
): string {
  const { env = { PATH, LC_ALL: 'C' }, input } = options
  return execFileSync(file, args, {
    ...{ env, encoding: 'utf8', cwd: '/', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 },
    ...(input === undefined ? {} : { input }),
  })
}
