import { chmod, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { assertNever, type DumpHook, dumpFile, HoldfastError, SECOND_MS } from '@holdfast/domain'
import { makePrivateDir } from '../home.ts'
import { systemCode } from '../system-error.ts'
import { type GroupEnd, type GroupOptions, runInGroup } from './run-in-group.ts'

const SQLITE_PROCESS = fileURLToPath(new URL('./copy-sqlite-process.ts', import.meta.url))

export type DumpOptions = Pick<GroupOptions, 'environment' | 'signal' | 'onLine'> & {
  /** Made when missing, 0700. */
  readonly dir: string
  /** Of the database's user; reaches its program by its environment, never as an argument. */
  readonly password?: string | undefined
}

/**
 * Writes a dump of one moment of a database into `dir`, 0600, under the name that `dumpFile` gives it. The file is
 * replaced whole when the dump is complete and on the disk; one that fails leaves the last good one. Rejects with
 * HOOK_FAILED, whose sentence goes behind what failed, and with CANCELLED when `signal` aborts.
 */
export async function dumpDatabase(hook: DumpHook, options: DumpOptions): Promise<void> {
  makePrivateDir(options.dir)
  const file = join(options.dir, dumpFile(hook))
  const draft = `${file}.new`
  try {
    await rm(draft, { force: true })
    await (hook.kind === 'dump-sqlite' ? copySqlite(hook, draft, options) : dumpServer(hook, draft, options))
    await settle(draft)
    await rename(draft, file)
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    const why = systemCode(cause) === 'ENOSPC' ? 'the disk is full' : 'its file can’t be written'
    throw new HoldfastError('HOOK_FAILED', `${why}.`, { cause })
  } finally {
    await rm(draft, { force: true })
  }
}

async function copySqlite(
  hook: Extract<DumpHook, { kind: 'dump-sqlite' }>,
  draft: string,
  options: DumpOptions,
): Promise<void> {
  const words = [process.execPath, '--no-warnings', SQLITE_PROCESS, hook.path, draft]
  requireGood(await runInGroup(words, { ...options, timeoutMs: hook.timeoutSeconds * SECOND_MS }))
}

async function dumpServer(
  hook: Exclude<DumpHook, { kind: 'dump-sqlite' }>,
  draft: string,
  options: DumpOptions,
): Promise<void> {
  const programs = hook.kind === 'dump-mysql' ? ['mariadb-dump', 'mysqldump'] : [postgresProgram(hook)]
  await using file = await open(draft, 'wx', 0o600)
  for (const program of programs)
    try {
      const end = await runInGroup([program, ...argumentsOf(hook, options.password)], {
        ...{ signal: options.signal, onLine: options.onLine, stdout: file.fd },
        timeoutMs: hook.timeoutSeconds * SECOND_MS,
        environment: environmentOf(hook, options),
      })
      requireGood(end)
      if ((await file.stat()).size === 0) throw new HoldfastError('HOOK_FAILED', 'it wrote nothing.')
      return
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
    }
  throw new HoldfastError('HOOK_FAILED', `${programs.join(' or ')} is not installed here.`, {
    next: 'Install the client programs of the database on this machine.',
  })
}

type ServerHook = Exclude<DumpHook, { kind: 'dump-sqlite' }>

function postgresProgram({ database }: ServerHook): string {
  return database === null ? 'pg_dumpall' : 'pg_dump'
}

function argumentsOf(hook: ServerHook, password: string | undefined): string[] {
  switch (hook.kind) {
    // Everything else is said by the environment, which no program takes for a connection or an option.
    case 'dump-postgresql':
      return ['--no-password']
    case 'dump-mysql':
      return [
        // Must come first. The password of an option file would win over the one that was given.
        ...(password === undefined ? [] : ['--no-defaults']),
        ...['--single-transaction', '--quick', '--routines', '--events', '--triggers', '--hex-blob'],
        ...['--default-character-set=utf8mb4', '--no-tablespaces', '--skip-dump-date'],
        ...(hook.user === null ? [] : [`--user=${hook.user}`]),
        ...(hook.host === null ? [] : [`--${hook.host.startsWith('/') ? 'socket' : 'host'}=${hook.host}`]),
        ...(hook.port === null ? [] : [`--port=${hook.port}`]),
        ...(hook.database === null ? ['--all-databases'] : ['--', hook.database]),
      ]
    default:
      return assertNever(hook)
  }
}

/** The environment is the only way that no other user can look into and that leaves no file behind. */
function environmentOf(hook: ServerHook, { environment, password }: DumpOptions): Record<string, string> {
  switch (hook.kind) {
    case 'dump-postgresql':
      return {
        ...environment,
        ...(hook.database === null ? {} : { PGDATABASE: hook.database }),
        ...(hook.host === null ? {} : { PGHOST: hook.host }),
        ...(hook.port === null ? {} : { PGPORT: String(hook.port) }),
        ...(hook.user === null ? {} : { PGUSER: hook.user }),
        ...(password === undefined ? {} : { PGPASSWORD: password }),
      }
    case 'dump-mysql':
      return { ...environment, ...(password === undefined ? {} : { MYSQL_PWD: password }) }
    default:
      return assertNever(hook)
  }
}

function requireGood(end: GroupEnd): void {
  switch (end.kind) {
    case 'exit':
      if (end.code !== 0)
        throw new HoldfastError(
          'HOOK_FAILED',
          end.code === null ? 'it was killed.' : `it ended with ${end.code}.`,
        )
      return
    case 'timeout':
      throw new HoldfastError('HOOK_FAILED', 'it took too long and was ended.')
    case 'aborted':
      throw new HoldfastError('CANCELLED', 'The work was cancelled.')
    default:
      assertNever(end)
  }
}

/** On the disk, so that a crash never leaves a name with half a dump. */
async function settle(path: string): Promise<void> {
  await chmod(path, 0o600)
  await using file = await open(path, 'r')
  await file.sync()
}
