import { chmod, link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/domain'
import { makePrivateDir } from '@holdfast/host'
import { z } from 'zod'

const Holder = z.object({ pid: z.number().int().positive(), startedAt: z.string() })
type Holder = z.infer<typeof Holder>

/**
 * Takes the home for this process, making it (0700) when missing. Rejects with HOME_IN_USE while the process that
 * holds it lives; a lock that a dead process left is taken over, also when another process has its pid now. Rejects
 * with TARGET_NOT_WRITABLE or TARGET_FULL when nothing can be written there.
 */
export async function lockHome(home: string): Promise<AsyncDisposable> {
  makePrivateDir(home)
  const lockFile = join(home, 'agent.lock')
  const own: Holder = { pid: process.pid, startedAt: (await processStart(process.pid)) ?? 'unknown' }
  const draft = join(home, `agent.lock.${process.pid}`)
  try {
    // A folder that somebody made before is as closed as one of ours.
    await chmod(home, 0o700)
    await writeFile(draft, JSON.stringify(own), { mode: 0o600 })
  } catch (cause) {
    await rm(draft, { force: true })
    throw notWritable(home, cause)
  }
  try {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (await linked(draft, lockFile)) return { [Symbol.asyncDispose]: () => rm(lockFile, { force: true }) }
      const holder = await readHolder(lockFile)
      if (holder !== undefined && (await lives(holder)))
        throw new HoldfastError('HOME_IN_USE', `Another Holdfast agent (process ${holder.pid}) uses ${home}.`)
      await setAside(lockFile, holder)
    }
    throw new HoldfastError('HOME_IN_USE', `Another Holdfast agent is starting in ${home}.`)
  } finally {
    await rm(draft, { force: true })
  }
}

function notWritable(home: string, cause: unknown): HoldfastError {
  return hasCode(cause, 'ENOSPC')
    ? new HoldfastError('TARGET_FULL', `The disk of Holdfast's home is full: ${home} can't be written.`, {
        cause,
      })
    : new HoldfastError('TARGET_NOT_WRITABLE', `Nothing can be written in the home folder ${home}.`, {
        cause,
        next: 'Set HOLDFAST_HOME to a folder that you may write to.',
      })
}

/** A hard link is made whole or not at all, so that nobody reads half a lock. */
async function linked(draft: string, lockFile: string): Promise<boolean> {
  try {
    await link(draft, lockFile)
    return true
  } catch (cause) {
    if (hasCode(cause, 'EEXIST')) return false
    throw new HoldfastError('HOME_IN_USE', `The lock ${lockFile} could not be made.`, { cause })
  }
}

/** Moves a dead lock away; puts it back when it turns out that another process had just taken it. */
async function setAside(lockFile: string, dead: Holder | undefined): Promise<void> {
  const aside = `${lockFile}.stale-${process.pid}`
  try {
    await rename(lockFile, aside)
  } catch (cause) {
    if (hasCode(cause, 'ENOENT')) return
    throw cause
  }
  const moved = await readHolder(aside)
  if (moved !== undefined && (moved.pid !== dead?.pid || moved.startedAt !== dead.startedAt))
    await linked(aside, lockFile)
  await rm(aside, { force: true })
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const parsed = Holder.safeParse(JSON.parse(await readFile(file, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch (cause) {
    // A lock that is gone or unreadable names no living holder.
    if (cause instanceof SyntaxError || hasCode(cause, 'ENOENT')) return undefined
    throw cause
  }
}

async function lives(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0)
  } catch (cause) {
    return hasCode(cause, 'EPERM')
  }
  const start = await processStart(holder.pid)
  return start === undefined || start === holder.startedAt
}

/** Boot and start time of a process, so that a pid used again is told apart; undefined where /proc is missing. */
async function processStart(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
    const line = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    return `${boot.trim()}:${line.slice(line.lastIndexOf(')') + 2).split(' ')[19]}`
  } catch (cause) {
    if (hasCode(cause, 'ENOENT') || hasCode(cause, 'ESRCH')) return undefined
    throw cause
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
