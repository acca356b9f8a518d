import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { assertNever } from '@holdfast/domain'
import type { Act } from './cast.ts'
import { killHard, type Process, processesIn } from './processes.ts'
import { type CliEnd, type RunningCli, startAgent, startCli } from './programs.ts'
import { agentOf, PLAN, type Stage } from './stage.ts'

/** What became of trying to kill: `hit` when somebody was killed before the work was done. */
export type Attempt = { readonly hit: boolean; readonly phase: string; readonly atMs: number }

/**
 * Lets the command line work and kills at `fraction` of the length of the last such work; waits for its end. Small
 * work is mostly starting, so every other kill spreads over the part after its first word of progress alone.
 */
export async function killCli(
  stage: Stage,
  act: Extract<Act, { victim: 'cli' | 'rclone' | 'all' }>,
  work: { args: readonly string[]; fraction: number },
): Promise<Attempt & { end: CliEnd }> {
  const startedMs = performance.now()
  const cli = startCli(stage.dir, work.args)
  const { allMs, startMs } = stage.lengths[act.doing]
  const isLate = stage.chance.below(2) === 0
  if (isLate) await Promise.race([cli.begun, cli.ended])
  await Promise.race([wait(work.fraction * (isLate ? allMs - startMs : allMs)), cli.ended])
  const processes = () => processesIn(stage.dir, { except: stage.agent?.child.pid })
  const hasRclone = processes().some(({ name }) => name === 'rclone')
  const phase = cli.phase() === 'starting' && hasRclone ? 'opening' : cli.phase()
  const hit = await strike(act.victim, cli, processes)
  const atMs = performance.now() - startedMs
  const end = await cli.ended
  // Whoever lost its rclone says so in a word of the catalogue.
  const isUnderstood = end.code === 0 || (end.code !== null && codeIn(end.stdout) !== 'INTERNAL')
  if (hit && act.victim === 'rclone' && !isUnderstood)
    throw new Error(`${work.args[0]} ended with ${end.code} after its rclone was killed: ${end.stdout}`)
  return { hit, phase, atMs, end }
}

/** As `killCli`, for a run of the agent's plan. Resolves when the run has ended or the agent is dead. */
export async function killRun(
  stage: Stage,
  victim: Extract<Act, { doing: 'run' }>['victim'],
  fraction: number,
): Promise<Attempt> {
  const agent = await agentOf(stage)
  const plan = await agent.plan(PLAN)
  const startedMs = performance.now()
  const { id } = await agent.start(plan)
  await wait(Math.max(0, fraction * stage.lengths.run.allMs - (performance.now() - startedMs)))
  const now = await agent.run(id)
  const phase = now.state === 'running' ? now.progress.phase : now.state
  const hit = now.state !== 'finished' && (await strikeAgent())
  const atMs = performance.now() - startedMs
  const isDead = hit && (victim === 'agent' || victim === 'all')
  if (isDead) {
    stage.agent = undefined
    const next = await agentOf(stage)
    const settled = await next.run(id)
    if (settled.state !== 'finished' || !['interrupted', 'complete'].includes(settled.outcome))
      throw new Error(`after its agent was killed the run is ${JSON.stringify(settled)}`)
  } else {
    const ended = await agent.finished(id)
    const expected = victim === 'engine' ? ['interrupted', 'complete'] : ['failed', 'complete', 'interrupted']
    if (!expected.includes(ended.outcome) || ended.reason?.code === 'INTERNAL')
      throw new Error(`after its ${victim} was killed the run is ${JSON.stringify(ended)}`)
  }
  return { hit, phase, atMs }

  async function strikeAgent(): Promise<boolean> {
    const pid = agent.child.pid ?? 0
    switch (victim) {
      case 'agent':
        return killHard([{ pid }])
      case 'all':
        return killHard(processesIn(stage.dir))
      case 'engine':
      case 'rclone': {
        for (;;) {
          const found = processesIn(stage.dir).find(({ name }) => name === victim)
          if (found !== undefined) return killHard([found])
          if ((await agent.run(id)).state === 'finished') return false
        }
      }
      default:
        return assertNever(victim)
    }
  }
}

/** Kills an agent while it starts. */
export async function killStart(stage: Stage, fraction: number): Promise<Attempt> {
  const agent = startAgent(stage.dir)
  await Promise.race([wait(fraction * stage.lengths.start.allMs), agent.ready.catch(() => undefined)])
  const atMs = performance.now() - agent.startedMs
  const phase = startPhase(join(stage.dir, 'home'))
  const hit = agent.child.exitCode === null && killHard([{ pid: agent.child.pid ?? 0 }])
  return { hit, phase, atMs }
}

/** How far a start has come, by what it makes in a new home. */
function startPhase(home: string): string {
  const made = ['agent.json', 'rclone', 'holdfast.db', 'config.key', 'agent.lock']
  return made.find((name) => existsSync(join(home, name))) ?? 'starting'
}

/** False when the work had ended before there was somebody to kill. */
async function strike(
  victim: 'cli' | 'rclone' | 'all',
  cli: RunningCli,
  processes: () => Process[],
): Promise<boolean> {
  const isOver = () => cli.child.exitCode !== null || cli.child.signalCode !== null
  if (isOver()) return false
  switch (victim) {
    case 'cli':
      return killHard([{ pid: cli.child.pid ?? 0 }])
    case 'all':
      return killHard(processes())
    case 'rclone': {
      // At its beginning the program has no rclone yet: then its first moment is the one.
      while (!isOver()) {
        const rclones = processes().filter(({ name }) => name === 'rclone')
        if (rclones.length > 0) return killHard(rclones.slice(-1))
        await wait(3)
      }
      return false
    }
    default:
      return assertNever(victim)
  }
}

function codeIn(document: string): unknown {
  return document === '' ? undefined : JSON.parse(document).error?.code
}
