// `npm run bench:home`: how long the home screen's answer, a year's report and its PDF take with a run a day. All runs
// are the real agent's, engine, rclone and all; its clock is ours. Takes some minutes.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { DAY_MS } from '@holdfast/domain'
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
  const variables = {
    PATH: process.env.PATH,
    HOLDFAST_HOME: join(dir, 'home'),
    HOLDFAST_PORT: '0',
    HOLDFAST_KEEP_PROGRAM: '0',
  }
  const config = { ...readConfig({ ...variables, HOLDFAST_SERVICE: 'off' }, []), service: undefined }
  const source = join(dir, 'source')
  mkdirSync(source)
  writeFileSync(join(source, 'a.txt'), 'first')
  const variable = join(source, 'diary.txt')
  await using agent = await startAgent(config, { clock })
  const api = apiOf(agent)
  const plan = await api.plan.create.mutate({
    ...{ name: 'Papers', sources: [{ path: source, excludes: [] }], passphrase: null },
    place: { kind: 'folder', path: join(dir, 'vault') },
    // Started here, day by day: a clock that jumps would ring twice.
    schedule: { kind: 'manual' },
  })
  for (let day = 0; day < DAYS; day += 1) {
    nowMs += DAY_MS
    writeFileSync(variable, `day ${day}\n`.repeat(100))
    const { id } = await api.run.start.mutate({ planId: plan.id })
    while ((await api.run.get.query({ id })).state !== 'finished') await wait(20)
    if (day % 50 === 49) console.error(`${day + 1} runs`)
  }
  const home = await medianMs(() => api.home.query({ timeZone }))
  const report = await medianMs(() => api.report.get.query({ kind: 'year', current: true, timeZone }))
  const { verdict } = await api.home.query({ timeZone })
  console.log(`${DAYS} daily runs (${verdict.sentence})`)
  console.log(`home ${home} ms, a year's report ${report} ms: median of ${ROUNDS}, over HTTP`)
  const pdfs: string[] = []
  for (let i = 0; i < 3; i += 1) {
    const begun = performance.now()
    const { url } = await api.report.export.mutate({
      ...{ kind: 'year', current: true, timeZone },
      ...{ format: 'pdf', paper: 'a4' },
    })
    const answer = await fetch(new URL(url, `http://127.0.0.1:${agent.port}`), {
      headers: { authorization: `Bearer ${agent.token}` },
    })
    const { byteLength } = await answer.arrayBuffer()
    pdfs.push(`${((performance.now() - begun) / 1000).toFixed(2)} s (${byteLength} bytes)`)
  }
  console.log(`its PDF ${pdfs.join(', ')}: the first starts the thread`)
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
