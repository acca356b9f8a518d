import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { HoldfastError } from '@holdfast/domain'
import { z } from 'zod'
import { processStamp } from './process-stamp.ts'

/** A daemon and the process it belongs to, each by number and start. */
const Record = z.object({ pid: z.int().min(2), stamp: z.string(), ownerPid: z.int(), ownerStamp: z.string() })

/**
 * Ends the daemons that died owners left behind, as their files in `stateDir` name them. A daemon whose owner lives is
 * left alone, and so is a process that only has the same number. Returns how many were ended.
 */
export async function endLeftovers(stateDir: string): Promise<number> {
  let ended = 0
  for (const name of await recordNames(stateDir)) {
    const file = join(stateDir, name)
    const record = await readRecord(file)
    if (record && (await isRunning(record.pid, record.stamp))) {
      if (await isRunning(record.ownerPid, record.ownerStamp)) continue
      await killProcess(record.pid, record.stamp)
      ended += 1
    }
    await rm(file, { force: true })
  }
  return ended
}

/**
 * Notes a daemon of this process for the next start. The result forgets it again, after the daemon has ended.
 * TARGET_FULL, TARGET_NOT_WRITABLE.
 */
export async function recordDaemon(stateDir: string, pid: number): Promise<() => Promise<void>> {
  const stamp = await processStamp(pid)
  const ownerStamp = await processStamp(process.pid)
  if (stamp === undefined || ownerStamp === undefined) return async () => {}
  const file = join(stateDir, `rclone-${pid}.json`)
  const record = JSON.stringify({ pid, stamp, ownerPid: process.pid, ownerStamp })
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 })
    await writeFile(`${file}.new`, record, { mode: 0o600 })
    await rename(`${file}.new`, file)
  } catch (error) {
    await rm(`${file}.new`, { force: true })
    throw stateFolderError(stateDir, error)
  }
  return () => rm(file, { force: true })
}

function stateFolderError(stateDir: string, cause: unknown): HoldfastError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')
    return new HoldfastError('TARGET_FULL', `No space is left in Holdfast's own folder ${stateDir}.`, {
      cause,
    })
  return new HoldfastError('TARGET_NOT_WRITABLE', `The folder ${stateDir} can't be written.`, { cause })
}

async function recordNames(stateDir: string): Promise<string[]> {
  try {
    return (await readdir(stateDir)).filter((name) => /^rclone-\d+\.json(\.new)?$/.test(name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new HoldfastError('TARGET_NOT_WRITABLE', `The folder ${stateDir} can't be read.`, { cause: error })
  }
}

async function readRecord(file: string): Promise<z.infer<typeof Record> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  try {
    return Record.safeParse(JSON.parse(text)).data
  } catch {
    // Cut short by a crash: it names nobody.
    return undefined
  }
}

async function isRunning(pid: number, stamp: string): Promise<boolean> {
  return (await processStamp(pid)) === stamp
}

async function killProcess(pid: number, stamp: string): Promise<void> {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Gone in this very moment is what was wanted.
    if (await isRunning(pid, stamp))
      throw new HoldfastError('RCLONE_DIED', `An old rclone (process ${pid}) can't be ended.`, {
        cause: error,
      })
  }
  for (let waitedMs = 0; waitedMs < 5000 && (await isRunning(pid, stamp)); waitedMs += 10) await wait(10)
}
