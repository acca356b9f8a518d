import { execFile } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BOOTSTRAP_LISTS, type BootstrapList, HoldfastError, SECOND_MS } from '@holdfast/domain'
import { makePrivateDir } from './home.ts'
import { systemCode } from './system-error.ts'

const TIMEOUT_MS = 20 * SECOND_MS
const LARGEST_BYTES = 32 * 1024 * 1024

/** The folder of the lists inside Holdfast's home. */
export const BOOTSTRAPS_FOLDER = 'bootstraps'

export type BootstrapReport = {
  /** Files that hold what is true now. */
  readonly lists: readonly string[]
  /** Lists that could not be made in time; what an earlier run wrote stays. */
  readonly problems: readonly { readonly file: string; readonly why: string }[]
}

/**
 * Writes down what is installed and what starts by itself, a file a program, into `dir` (0700, made when missing). A
 * program that is not there, fails or has nothing to say makes no list, and an older list of it goes; a list that is as
 * before is not touched. Each file is replaced whole. Programs run without a shell, with `environment` alone. Rejects
 * with CANCELLED when `signal` aborts, and with TARGET_NOT_WRITABLE or TARGET_FULL.
 */
export async function writeBootstraps(
  dir: string,
  options: {
    readonly environment: Readonly<Record<string, string>>
    readonly lists?: readonly BootstrapList[]
    readonly timeoutMs?: number
    readonly signal?: AbortSignal | undefined
  },
): Promise<BootstrapReport> {
  makePrivateDir(dir)
  const { lists = BOOTSTRAP_LISTS } = options
  const said = await Promise.all(lists.map(async (list) => ({ list, ...(await listen(list, options)) })))
  for (const { list, text } of said) if (text !== undefined) keep(join(dir, list.file), text)
  return {
    lists: said.flatMap(({ list, text }) => (text === undefined || text === '' ? [] : [list.file])),
    problems: said.flatMap(({ list, why }) => (why === undefined ? [] : [{ file: list.file, why }])),
  }
}

type Said = { text: string; why?: undefined } | { text?: undefined; why: string }

function listen(
  { program, args }: BootstrapList,
  options: Parameters<typeof writeBootstraps>[1],
): Promise<Said> {
  const { environment, timeoutMs = TIMEOUT_MS, signal } = options
  const { promise, resolve, reject } = Promise.withResolvers<Said>()
  const settings = {
    ...{ env: { ...environment, LC_ALL: 'C' }, timeout: timeoutMs, killSignal: 'SIGKILL' as const },
    ...{ maxBuffer: LARGEST_BYTES, encoding: 'utf8' as const },
  }
  const child = execFile(program, [...args], settings, (error, stdout) => {
    signal?.removeEventListener('abort', kill)
    if (error === null) return resolve({ text: stdout })
    if (signal?.aborted === true)
      return reject(new HoldfastError('CANCELLED', 'The work was cancelled.', { cause: error }))
    if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER')
      return resolve({ why: `${program} said more than can be kept` })
    if (error.killed === true) return resolve({ why: `${program} did not end in time` })
    // Not installed, or nothing to list (`crontab -l` without a crontab fails too).
    resolve({ text: '' })
  })
  // Not execFile's own `signal`: it kills a program that could not be started as process 0, which is our whole group.
  const kill = () => {
    if (child.pid !== undefined) child.kill('SIGKILL')
  }
  signal?.addEventListener('abort', kill, { once: true })
  if (signal?.aborted === true) kill()
  child.stdin?.end()
  return promise
}

function keep(file: string, text: string): void {
  if (text === '') rmSync(file, { force: true })
  if (text === '' || textIn(file) === text) return
  const draft = `${file}.new`
  try {
    writeFileSync(draft, text, { mode: 0o600 })
    renameSync(draft, file)
  } catch (cause) {
    rmSync(draft, { force: true })
    const full = systemCode(cause) === 'ENOSPC'
    throw new HoldfastError(full ? 'TARGET_FULL' : 'TARGET_NOT_WRITABLE', `${file} can't be written.`, {
      cause,
    })
  }
}

function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}
