import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

it('makes, runs and shows a plan of the agent', async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/letter'), 'dear reader')
  await using _agent = await startAgent(cli)

  const added = [
    'plan',
    'add',
    'Docs',
    'docs',
    '--to',
    'vault',
    '--manual',
    '--passphrase-file',
    'passphrase',
  ]
  expect(await cli.json(added)).toMatchObject({
    code: 0,
    document: { name: 'Docs', schedule: { kind: 'manual' } },
  })
  expect(await cli.json(['plan', 'list'])).toMatchObject({ code: 0, document: [{ name: 'Docs' }] })
  expect(await cli.run(['status'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Docs') })

  const ran = await cli.json<{ id: string }>(['run', 'Docs', '--follow'])
  expect(ran).toMatchObject({ code: 0, document: { outcome: 'complete', summary: { filesNew: 1 } } })
  expect(await cli.json(['runs', '--plan', 'Docs'])).toMatchObject({ document: [{ id: ran.document.id }] })
  expect(await cli.json(['ops', ran.document.id])).toMatchObject({
    code: 0,
    document: { run: { outcome: 'complete' } },
  })
  const late = await cli.json(['cancel', ran.document.id])
  expect(late).toMatchObject({ code: 1, document: { error: { code: 'RUN_NOT_RUNNING' } } })
  const unknown = await cli.json(['run', 'Nothing'])
  expect(unknown).toMatchObject({ code: 1, document: { error: { code: 'PLAN_UNKNOWN' } } })

  const embedded = ['snapshots', '--from', 'vault', '--passphrase-file', 'passphrase']
  expect(await cli.json(embedded)).toMatchObject({ code: 0, document: [{ plan: 'docs', labels: ['docs'] }] })
})
