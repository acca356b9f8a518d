import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { AgentFile } from '../src/start-agent.ts'
import { clientOf, temporaryFolder } from './_test-agent.ts'
import { childrenOf } from './_test-plan.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const Line = z.object({ at: z.iso.datetime(), level: z.enum(['info', 'warn', 'error']), text: z.string() })

test('HOLDFAST_LOG=json prints one object a line, and never the key that the environment holds', async () => {
  await using folder = await temporaryFolder()
  const key = 'canary-4c1f0b7d9e2a4c1f0b7d9e2a4c1f0b7d'
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...{ PATH: process.env.PATH, HOME: folder.path, HOLDFAST_HOME: join(folder.path, 'home') },
      ...{ HOLDFAST_PORT: '0', HOLDFAST_LOG: 'json', HOLDFAST_CONFIG_KEY: key },
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  const lines: string[] = []
  const first = Promise.withResolvers<void>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line)
    first.resolve()
  })
  try {
    while (!said.includes('Holdfast is running')) await once(child.stdout, 'data')
    // Its rclone dies once it has answered, which is worth a line.
    const agent = AgentFile.parse(JSON.parse(await readFile(join(folder.path, 'home', 'agent.json'), 'utf8')))
    const port = Number(new URL(agent.address).port)
    await clientOf({ port }, { authorization: `Bearer ${agent.token}` }).remote.list.query()
    const [rclone] = await childrenOf(child.pid ?? 0, 'rcd')
    if (rclone === undefined) throw new Error('no rclone runs')
    process.kill(rclone, 'SIGKILL')
    await first.promise
  } finally {
    child.kill('SIGTERM')
    await ended
  }
  const parsed = lines.map((line) => Line.parse(JSON.parse(line)))
  expect(parsed.map(({ text }) => text)).toContainEqual(
    expect.stringMatching(/^rclone is gone .* it is started again/),
  )
  expect(lines.join('\n') + said).not.toContain('canary')
})
