import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ownerOf, startTestAgent, temporaryFolder } from './_test-agent.ts'
import { followEvents, makePlan, until, writeTree } from './_test-plan.ts'

type Family = { type: string; samples: { labels: Record<string, string>; value: number }[] }

/** Prometheus' text format as its specification has it; throws at a line that is none. */
function parseMetrics(text: string): Map<string, Family> {
  expect(text.endsWith('\n')).toBe(true)
  const families = new Map<string, Family>()
  let current = ''
  for (const line of text.slice(0, -1).split('\n')) {
    const type = /^# TYPE ([a-zA-Z_:][\w:]*) (gauge|counter)$/.exec(line)
    if (type !== null) {
      if (families.has(type[1] ?? '')) throw new Error(`twice: ${line}`)
      current = type[1] ?? ''
      families.set(current, { type: type[2] ?? '', samples: [] })
      continue
    }
    if (/^# HELP [a-zA-Z_:][\w:]* \S.*$/.test(line)) continue
    const sample = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?[0-9.]+(?:e[+-]?\d+)?)$/.exec(line)
    if (sample === null || sample[1] !== current) throw new Error(`not a sample of ${current}: ${line}`)
    const labels: Record<string, string> = {}
    const rest = (sample[2] ?? '').replaceAll(
      /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/g,
      (_all, name: string, value: string) => {
        labels[name] = value.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign))
        return ''
      },
    )
    if (rest !== '') throw new Error(`odd labels: ${line}`)
    families.get(current)?.samples.push({ labels, value: Number(sample[3]) })
  }
  return families
}

test('/metrics is off until a token is made, asks for it, and says how the backups are', async () => {
  await using folder = await temporaryFolder()
  await using it = await startTestAgent()
  const api = ownerOf(it.agent)
  expect((await it.send('/metrics')).status).toBe(404)
  const { token } = await api.metrics.makeToken.mutate()
  for (const authorization of ['', 'Bearer x', `Bearer ${it.agent.token}`, `Basic ${token}`]) {
    const refused = await it.send('/metrics', { headers: { authorization } })
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  }

  await writeTree(join(folder.path, 'docs'), { 'a.txt': 'hello' })
  const name = 'Ada "A" \\ papers'
  const plan = await makePlan(api, {
    ...{ name, source: join(folder.path, 'docs'), vault: join(folder.path, 'vault'), passphrase: null },
  })
  await using events = await followEvents(it.agent)
  const { id } = await api.run.start.mutate({ planId: plan.id })
  await until(
    events,
    (event) => event.type === 'run' && event.run.id === id && event.run.state === 'finished',
  )

  const answer = await it.send('/metrics', { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  const families = parseMetrics(await answer.text())
  const value = (family: string, labels: Record<string, string> = {}) =>
    families
      .get(`holdfast_${family}`)
      ?.samples.find((one) => Object.entries(labels).every(([key, wanted]) => one.labels[key] === wanted))
      ?.value
  expect(value('up')).toBe(1)
  expect(value('build_info', { version: '0.0.0-test' })).toBe(1)
  expect(value('plan_last_success_timestamp_seconds', { plan: name })).toBeGreaterThan(1e9)
  expect(value('plan_last_success_age_seconds', { plan: name })).toBeLessThan(600)
  expect(value('runs_total', { plan_id: plan.id, outcome: 'complete' })).toBe(1)
  expect(value('runs_total', { plan_id: plan.id, outcome: 'failed' })).toBe(0)
  expect(value('stored_bytes_total', { plan: name })).toBeGreaterThan(0)
  expect(value('plan_last_run_duration_seconds', { plan: name })).toBeGreaterThan(0)
  expect(value('incidents_open', { severity: 'failing' })).toBe(0)
  const states = families.get('holdfast_plan_protection_state')?.samples ?? []
  expect(states.reduce((sum, one) => sum + one.value, 0)).toBe(1)

  const { token: second } = await api.metrics.makeToken.mutate()
  expect((await it.send('/metrics', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
  await api.metrics.removeToken.mutate()
  expect((await it.send('/metrics', { headers: { authorization: `Bearer ${second}` } })).status).toBe(404)
})
