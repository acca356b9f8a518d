import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOUR_MS } from '@holdfast/domain'
import { systemClock } from '@holdfast/host'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { clientOf, temporaryFolder } from './_test-agent.ts'
import { writeTree } from './_test-plan.ts'

const SHIFTED = fileURLToPath(new URL('./_shifted-agent.ts', import.meta.url))
const Started = z.object({ port: z.number(), token: z.string() })

test('an agent that was stopped through three due times runs once when it goes on', async () => {
  await using folder = await temporaryFolder()
  const shiftFile = join(folder.path, 'shift')
  const shiftMs = new Date('2030-06-03T12:10:00Z').getTime() - systemClock.nowMs()
  await writeFile(shiftFile, String(shiftMs))
  await writeTree(join(folder.path, 'source'), { 'a.txt': 'a' })
  const child = spawn(process.execPath, [SHIFTED, join(folder.path, 'home'), shiftFile], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  try {
    const [line] = await once(child.stdout, 'data')
    const { port, token } = Started.parse(JSON.parse(String(line)))
    const api = clientOf({ port }, { authorization: `Bearer ${token}` })
    const plan = await api.plan.create.mutate({
      ...{ name: 'Hourly', passphrase: null },
      sources: [{ path: join(folder.path, 'source'), excludes: [] }],
      place: { kind: 'folder', path: join(folder.path, 'vault') },
      schedule: { kind: 'cron', cron: '0 * * * *', timeZone: 'UTC' },
    })
    child.kill('SIGSTOP')
    // For this process it is 15:10 when it wakes: 13:00, 14:00 and 15:00 went by.
    await writeFile(shiftFile, String(shiftMs + 3 * HOUR_MS))
    child.kill('SIGCONT')
    const runs = () => api.run.list.query({ planId: plan.id, limit: 10 })
    let seen = await runs()
    while (seen[0]?.state !== 'finished') {
      await new Promise((resolve) => setTimeout(resolve, 50))
      seen = await runs()
    }
    const next = async () => (await api.home.query({ timeZone: 'UTC' })).plans[0]?.nextDueAt
    expect(String(await next())).toContain('2030-06-03T16:00:00')
    expect((await runs()).map((run) => [run.state, run.trigger])).toEqual([['finished', 'catch-up']])
  } finally {
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    await ended
  }
}, 60_000)
