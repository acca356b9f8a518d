import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * What tells a process from every other one that had or will have its number: when it started. Undefined when there is
 * no such process (a dead one that nobody has waited for counts as gone), or the system doesn't tell.
 */
export async function processStamp(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return await linuxStamp(pid)
  if (process.platform === 'win32') return undefined
  const started = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => undefined)
  return started?.stdout.trim() || undefined
}

async function linuxStamp(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  if (stat === undefined) return undefined
  // The name in parentheses may hold anything, so fields count from its end: state is the 3rd, start time the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => '')
  return `${boot.trim()}/${fields[19]}`
}
