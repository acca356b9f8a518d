import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { assertNever } from '@holdfast/domain'
import { type Attempt, killCli, killRun, killStart } from './attempts.ts'
import type { Act } from './cast.ts'
import { look } from './look.ts'
import {
  agentOf,
  backUp,
  expectNobodyLeft,
  expectSpoolEmpty,
  readAnswer,
  runCli,
  runPlan,
  type Stage,
} from './stage.ts'
import { changeTree } from './tree.ts'
import { readTreeState } from './tree-state.ts'
import { compareRestored } from './verify.ts'

/** Newest snapshots that a prune keeps, of the command line and of the agent each. */
const KEEP = 3
const PRUNE = ['prune', '--from', 'vault', '--keep-last', String(KEEP), '--grace', '1s']

/** One attempt to kill at `fraction` of the work's length, everything that must hold after it, and the next run. */
export async function playAct(stage: Stage, act: Act, fraction: number): Promise<Attempt> {
  const attempt = await attemptOf(stage, act, fraction)
  expectSpoolEmpty(stage)
  return attempt
}

async function attemptOf(stage: Stage, act: Act, fraction: number): Promise<Attempt> {
  switch (act.doing) {
    case 'start':
      return playStart(stage, fraction)
    case 'backup':
      return playBackup(stage, act, fraction)
    case 'run':
      return playRun(stage, act.victim, fraction)
    case 'prune':
      return playPrune(stage, act, fraction)
    case 'restore':
      return playRestore(stage, act, fraction)
    default:
      return assertNever(act)
  }
}

type CliAct = Extract<Act, { victim: 'cli' | 'rclone' | 'all' }>

async function playStart(stage: Stage, fraction: number): Promise<Attempt> {
  await stage.agent?.stop()
  stage.agent = undefined
  const attempt = await killStart(stage, fraction)
  await expectNobodyLeft(stage)
  await agentOf(stage)
  return attempt
}

async function playBackup(stage: Stage, act: CliAct, fraction: number): Promise<Attempt> {
  changeTree(stage.source, stage.chance)
  const state = readTreeState(stage.source)
  const args = ['backup', 'source', '--to', 'vault']
  const { hit, phase, atMs, end } = await killCli(stage, act, { args, fraction })
  if (!hit) readAnswer(args, end)
  await expectNobodyLeft(stage)
  const { made } = await look(stage, { by: 'cli', state })
  if (end.code === 0 && !made) throw new Error(`the backup said that all is well, and there is no snapshot`)
  await backUp(stage)
  return { hit, phase: made ? `${phase}, stored` : phase, atMs }
}

async function playRun(
  stage: Stage,
  victim: Extract<Act, { doing: 'run' }>['victim'],
  fraction: number,
): Promise<Attempt> {
  changeTree(stage.source, stage.chance)
  const state = readTreeState(stage.source)
  const attempt = await killRun(stage, victim, fraction)
  await expectNobodyLeft(stage)
  const { made } = await look(stage, { by: 'agent', state })
  await runPlan(stage)
  return made ? { ...attempt, phase: `${attempt.phase}, stored` } : attempt
}

async function playPrune(stage: Stage, act: CliAct, fraction: number): Promise<Attempt> {
  for (const by of ['cli', 'agent'] as const) {
    const group = stage.known.filter((known) => known.by === by)
    for (const known of group.slice(0, -KEEP)) known.mayGo = true
  }
  const { hit, phase, atMs, end } = await killCli(stage, act, { args: PRUNE, fraction })
  if (!hit) readAnswer(PRUNE, end)
  await expectNobodyLeft(stage)
  await look(stage)
  // What half a prune leaves is met by another prune, or by a backup first.
  if (stage.chance.below(2) === 0) await backUp(stage)
  else await prune(stage)
  return { hit, phase, atMs }
}

/** A prune that goes through, after which nothing is left of what it was told to forget. */
async function prune(stage: Stage): Promise<void> {
  const { length } = await runCli(stage.dir, PRUNE)
  stage.lengths.prune = length
  const left = await stage.reader.list()
  const late = stage.known.filter(({ id, mayGo }) => mayGo && left.some((listed) => listed.id === id))
  if (late.length > 0)
    throw new Error(`a prune that went through left ${late.map(({ id }) => id).join(', ')}`)
}

async function playRestore(stage: Stage, act: CliAct, fraction: number): Promise<Attempt> {
  const chosen = stage.chance.pick(stage.known.filter(({ mayGo }) => !mayGo))
  if (chosen === undefined) throw new Error('there is nothing to restore')
  const target = join(stage.dir, 'target')
  const args = [
    'restore',
    '--from',
    'vault',
    '--snapshot',
    chosen.id,
    '--to',
    'target',
    '--conflict',
    'overwrite',
  ]
  const { hit, phase, atMs, end } = await killCli(stage, act, { args, fraction })
  if (!hit) readAnswer(args, end)
  await expectNobodyLeft(stage)
  await look(stage)
  // Over what the killed one left there.
  const { length } = await runCli(stage.dir, args)
  stage.lengths.restore = length
  compareRestored(target, chosen.id, chosen.state)
  rmSync(target, { recursive: true, force: true })
  return { hit, phase, atMs }
}
