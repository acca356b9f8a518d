import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** A process as /proc tells it. */
export type Process = {
  readonly pid: number
  readonly parent: number
  readonly name: 'rclone' | 'engine' | 'other'
  readonly command: string
}

/**
 * Every process that works in `folder`: whoever starts the programs gives them this working directory, and their
 * children keep it, also when their parent is gone. Those at and below `except` are left out, and so are dead ones.
 */
export function processesIn(folder: string, { except }: { except?: number | undefined } = {}): Process[] {
  const all = readdirSync('/proc').flatMap((name): Process[] => {
    if (!/^\d+$/.test(name)) return []
    try {
      if (readlinkSync(`/proc/${name}/cwd`) !== folder) return []
      return [readProcess(Number(name))]
    } catch {
      // Gone while we looked, or somebody else's.
      return []
    }
  })
  const parents = new Map(all.map(({ pid, parent }) => [pid, parent]))
  const isExcepted = (pid: number): boolean => {
    for (let at: number | undefined = pid; at !== undefined; at = parents.get(at))
      if (at === except) return true
    return false
  }
  return all.filter(({ pid }) => !isExcepted(pid))
}

/** Kills at once and without a word; one that is gone already is no error. Says whether one was still there. */
export function killHard(processes: readonly Pick<Process, 'pid'>[]): boolean {
  const killed = processes.map(({ pid }) => {
    try {
      return process.kill(pid, 'SIGKILL')
    } catch {
      return false
    }
  })
  return killed.includes(true)
}

/** Waits until no process works in the folder, five seconds at most; resolves to those that still do. */
export async function leftIn(
  folder: string,
  options: { except?: number | undefined } = {},
): Promise<Process[]> {
  let left = processesIn(folder, options)
  for (let waitedMs = 0; left.length > 0 && waitedMs < 5000; waitedMs += 25) {
    await wait(25)
    left = processesIn(folder, options)
  }
  return left
}

function readProcess(pid: number): Process {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name in parentheses may hold anything, so fields count from its end.
  const program = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'))
  const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  const command = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()
  const isEngine = command.includes('holdfast-engine') || command.includes('engine-process.ts')
  const name = program === 'rclone' ? 'rclone' : isEngine ? 'engine' : 'other'
  return { pid, parent, name, command }
}
