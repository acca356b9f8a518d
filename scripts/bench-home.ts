// `npm run bench:home`: how long the home screen's answer and a year's report take with a run a day. The first one is the
// real agent's, engine, rclone and all; the history's own code writes as many more, with a clock of ours.
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DAY_MS, Run, RunId } from '@holdfast/domain'
import { openHistory } from '@holdfast/history'
import { type Agent, readConfig, startAgent } from '../apps/agent/src/start-agent.ts'
import { clientOf } from '../apps/agent/tests/_test-agent.ts'

const { values: options } = parseArgs({ options: { days: { type: 'string', default: '365' } } })
const DAYS = Number(options.days)
const ROUNDS = 30
const timeZone = 'Europe/Berlin'

const dir = mkdtempSync(join(tmpdir(), 'holdfast-home-'))
try {
  await measure()
} finally {
  rmSync(dir, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  let nowMs = Date.UTC(2025, 10, 22, 12)
  const clock = { nowMs: () => nowMs, nowNs: () => BigInt(nowMs) * 1_000_000n }
  const variables = { PATH: process.env.PATH, HOLDFAST_HOME: join(dir, 'home'), HOLDFAST_PORT: '0' }
  const config = { ...readConfig({ ...variables, HOLDFAST_SERVICE: 'off' }, []), service: undefined }
  const source = join(dir, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'a.txt'), 'first')
  const [first, planId] = await (async () => {
    await using agent = await startAgent(config, { clock })
    const api = apiOf(agent)
    const plan = await api.plan.create.mutate({
      ...{ name: 'Papers', sources: [{ path: source, excludes: [] }], passphrase: null },
      place: { kind: 'folder', path: join(dir, 'vault') },
      schedule: { kind: 'cron', cron: '0 12 * * *', timeZone },
    })
    const { id } = await api.run.start.mutate({ planId: plan.id })
    for (;;) {
      const run = await api.run.get.query({ id })
      if (run.state === 'finished') return [run, plan.id] as const
      await wait(20)
    }
  })()
  {
    await using history = await openHistory({ file: join(dir, 'home', 'holdfast.db'), clock })
    for (let day = 1; day < DAYS; day += 1) {
      nowMs += DAY_MS
      const at = new Date(nowMs)
      const id = RunId.parse(randomUUID())
      const actor = { kind: 'schedule', id: null, name: 'Papers', address: null } as const
      const audit = { actor, at, act: 'run.start', subject: planId, before: null, after: null }
      await history.runs.insertQueued({ id, planId, trigger: 'schedule', dueAt: at, queuedAt: at }, { audit })
      await history.runs.markRunning(id, at)
      const finishedAt = new Date(nowMs + 60_000)
      const run = Run.parse(first)
      if (run.state !== 'finished') throw new Error('the first run has ended')
      const { outcome, summary, reason, proof } = run
      await history.runs.finish(id, {
        outcome,
        summary,
        reason,
        proof: proof && { ...proof, at },
        finishedAt,
      })
    }
  }
  await using agent = await startAgent(config, { clock })
  const api = apiOf(agent)
  const home = await medianMs(() => api.home.query({ timeZone }))
  const report = await medianMs(() => api.report.get.query({ kind: 'year', current: true, timeZone }))
  const { verdict } = await api.home.query({ timeZone })
  console.log(`${DAYS} daily runs (${verdict.sentence})`)
  console.log(`home ${home} ms, a year's report ${report} ms: median of ${ROUNDS}, over HTTP`)
}

function apiOf(agent: Agent) {
  return clientOf(agent, { authorization: `Bearer ${agent.token}` })
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const took: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    const begun = performance.now()
    await work()
    took.push(performance.now() - begun)
  }
  return Math.round((took.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0) * 10) / 10
}
