import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Finding, ok, problem, warning } from './finding.ts'

const Holder = z.object({ pid: z.int().positive() })
const Daemon = z.object({ pid: z.int().positive(), ownerPid: z.int().positive() })
const AT_THE_NEXT_START = 'Nothing is to be done: the next start of the agent clears it away.'

/** What a Holdfast that was killed left in the home. */
export function checkLeftovers(home: string, { agentAnswers }: { agentAnswers: boolean }): Finding[] {
  return [lockFinding(home, agentAnswers), rcloneFinding(home), ...(agentAnswers ? [] : [spoolFinding(home)])]
}

function lockFinding(home: string, agentAnswers: boolean): Finding {
  const file = join(home, 'agent.lock')
  const holder = readAs(file, Holder)
  if (agentAnswers) return ok('lock', 'The running agent holds the home.')
  if (!existsSync(file)) return ok('lock', 'Nobody holds the home.')
  if (holder === undefined || !lives(holder.pid))
    return warning('lock', `${file} was left by an agent that was killed.`, AT_THE_NEXT_START)
  return problem(
    'lock',
    `Process ${holder.pid} holds the home, but no agent answers.`,
    `Wait a moment if it has just begun. Otherwise look at that process, and end it: kill ${holder.pid}`,
  )
}

function rcloneFinding(home: string): Finding {
  const folder = join(home, 'rclone')
  const left = namesIn(folder)
    .flatMap((name) => readAs(join(folder, name), Daemon) ?? [])
    .filter(({ pid, ownerPid }) => lives(pid) && !lives(ownerPid))
  if (left.length === 0) return ok('rclone-left', 'No rclone was left behind.')
  return warning(
    'rclone-left',
    `${left.length} rclone of a Holdfast that was killed still ${left.length === 1 ? 'runs' : 'run'}: process ${left.map(({ pid }) => pid).join(', ')}.`,
    'Nothing is to be done: the next start of the agent ends it.',
  )
}

function spoolFinding(home: string): Finding {
  const left = namesIn(join(home, 'spool')).filter((name) => {
    const pid = /^cli-(\d+)-/.exec(name)?.[1]
    return pid === undefined || !lives(Number(pid))
  })
  if (left.length === 0) return ok('spool', 'Nothing waits to be sent.')
  return warning(
    'spool',
    `${left.length} folders with what waited to be sent were left in the home.`,
    AT_THE_NEXT_START,
  )
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : []
}

function readAs<T>(file: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(file)) return undefined
  try {
    return schema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    // Cut short by a crash: it names nobody.
    return undefined
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
