import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BackupSummary, Run, type SnapshotId } from '@holdfast/domain'
import type { Act } from './cast.ts'
import { type Chance, createChance } from './chance.ts'
import { killHard, leftIn, processesIn } from './processes.ts'
import { type CliEnd, type Length, PASSPHRASE, type RunningAgent, startAgent, startCli } from './programs.ts'
import { changeTree, makeTree } from './tree.ts'
import { readTreeState, type TreeState } from './tree-state.ts'
import { openVaultReader, type VaultReader } from './verify.ts'

/** A snapshot that must come back as `state`, unless a prune was asked to let it go. */
export type Known = {
  readonly id: SnapshotId
  readonly by: 'cli' | 'agent'
  readonly state: TreeState
  mayGo: boolean
}

/** One vault with its tree, its home and its agent, in a folder that disposing removes. */
export type Stage = AsyncDisposable & {
  readonly dir: string
  readonly source: string
  readonly chance: Chance
  /** In the order in which they were made. */
  readonly known: Known[]
  /** How long the last whole one took. */
  readonly lengths: Record<Act['doing'], Length>
  agent: RunningAgent | undefined
  readonly reader: VaultReader
  openVault(): Promise<void>
}

export const PLAN = 'Tree'
/** Until the first one is measured. */
const GUESS: Length = { allMs: 1000, startMs: 700 }

/** A folder with a new tree. Nothing runs and there is no vault yet. */
export function openStage(seed: number, round: number, startMs: number): Stage {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-soak-')))
  const chance = createChance(seed, `round ${round}`)
  const source = join(dir, 'source')
  makeTree(source, chance)
  const encrypted = round % 2 === 1
  let reader: VaultReader | undefined
  return {
    ...{ dir, source, chance },
    agent: undefined,
    known: [],
    lengths: {
      ...{ start: { allMs: startMs, startMs: 0 }, run: GUESS },
      ...{ backup: GUESS, prune: GUESS, restore: GUESS },
    },
    get reader() {
      if (reader === undefined) throw new Error('the vault is not open yet')
      return reader
    },
    async openVault() {
      await runCli(dir, ['vault', 'create', 'vault', ...(encrypted ? [] : ['--plain'])])
      const passphrase = encrypted ? PASSPHRASE : undefined
      reader = await openVaultReader(join(dir, 'vault'), passphrase, join(dir, 'reader'))
    },
    async [Symbol.asyncDispose]() {
      await this.agent?.stop()
      await reader?.[Symbol.asyncDispose]()
      // Only when something was found to be left behind.
      killHard(processesIn(dir))
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A vault with a first snapshot of the command line and one of an agent. */
export async function prepare(stage: Stage): Promise<void> {
  await stage.openVault()
  await backUp(stage)
  await agentOf(stage)
  await runCli(stage.dir, ['plan', 'add', PLAN, 'source', '--to', 'vault', '--manual'])
  await runCli(stage.dir, ['run', PLAN, '--follow']).then(({ answer }) =>
    rememberRun(stage, Run.parse(answer)),
  )
}

/** Changes the tree and has the command line back it up, which must succeed. */
export async function backUp(stage: Stage): Promise<void> {
  changeTree(stage.source, stage.chance)
  const { answer, length } = await runCli(stage.dir, ['backup', 'source', '--to', 'vault'])
  stage.lengths.backup = length
  remember(stage, 'cli', BackupSummary.parse(answer).snapshot)
}

/** Changes the tree and has the agent run its plan, which must succeed. */
export async function runPlan(stage: Stage): Promise<void> {
  changeTree(stage.source, stage.chance)
  const agent = await agentOf(stage)
  const plan = await agent.plan(PLAN)
  const startedMs = performance.now()
  const run = await agent.finished((await agent.start(plan)).id)
  stage.lengths.run = { allMs: performance.now() - startedMs, startMs: 0 }
  rememberRun(stage, run)
}

/** Runs the command line to its end; rejects when that is not a good one. */
export async function runCli(
  dir: string,
  args: readonly string[],
): Promise<{ answer: unknown; length: Length }> {
  const end = await startCli(dir, args).ended
  return { answer: readAnswer(args, end), length: end.length }
}

/** The answer of a program that succeeded. */
export function readAnswer(args: readonly string[], { code, stdout, stderr }: CliEnd): unknown {
  if (code !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${code}: ${stdout}\n${stderr}`)
  return JSON.parse(stdout)
}

/** The agent of the stage, started when none runs. */
export async function agentOf(stage: Stage): Promise<RunningAgent> {
  if (stage.agent !== undefined) return stage.agent
  const agent = startAgent(stage.dir)
  stage.agent = agent
  await agent.ready
  stage.lengths.start = { allMs: performance.now() - agent.startedMs, startMs: 0 }
  return agent
}

/** Rejects when somebody is left of what was killed. The stage's agent and what belongs to it may stay. */
export async function expectNobodyLeft(stage: Stage): Promise<void> {
  const left = await leftIn(stage.dir, { except: stage.agent?.child.pid })
  if (left.length > 0)
    throw new Error(`left behind: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`)
}

/** Rejects when bytes wait for their upload though nothing runs. */
export function expectSpoolEmpty(stage: Stage): void {
  const spool = join(stage.dir, 'home', 'spool')
  if (!existsSync(spool)) return
  const entries = readdirSync(spool, { withFileTypes: true, recursive: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  if (files.length > 0) throw new Error(`left in the spool: ${files.join(', ')}`)
}

function rememberRun(stage: Stage, run: Run): void {
  if (run.state !== 'finished' || run.outcome !== 'complete' || run.summary === null)
    throw new Error(`the run is ${JSON.stringify(run)}`)
  remember(stage, 'agent', run.summary.snapshot)
}

function remember(stage: Stage, by: Known['by'], id: SnapshotId): void {
  stage.known.push({ id, by, state: readTreeState(stage.source), mayGo: false })
}
