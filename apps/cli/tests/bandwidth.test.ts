import { mkdirSync } from 'node:fs'
import { expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

it('limits the connection by time of day and for now, and makes plans that run when the machine is on', async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  await using _agent = await startAgent(cli)

  const times = ['--at', '00:00,512k', '--at', '23:59,off', '--time-zone', 'UTC']
  expect(await cli.json(['bandwidth', 'set', ...times])).toMatchObject({
    ...{ code: 0, document: { timeZone: 'UTC', timetable: [{ at: '00:00' }, { at: '23:59' }] } },
  })
  expect(await cli.json(['bandwidth', 'now', '64k', '--for', '2h'])).toMatchObject({
    ...{ code: 0, document: { bytesPerSecond: 64 * 1024, applied: 64 * 1024 } },
  })
  expect(await cli.json(['bandwidth', 'set', 'fast'])).toMatchObject({ code: 2 })
  expect(await cli.json(['bandwidth', 'clear'])).toMatchObject({ document: { timetable: [], applied: null } })
  expect(await cli.run(['bandwidth'])).toMatchObject({
    stdout: expect.stringContaining('Nothing is limited'),
  })

  const plan = [
    '--to',
    'vault',
    '--plain',
    '--when-on',
    'daily',
    '--random-delay',
    '15m',
    '--time-zone',
    'UTC',
  ]
  const schedule = { kind: 'when-on', every: 'day', timeZone: 'UTC', randomDelayMinutes: 15 }
  expect(await cli.json(['plan', 'add', 'Docs', 'docs', ...plan])).toMatchObject({ document: { schedule } })
  const edited = ['plan', 'edit', 'Docs', '--when-on', 'weekly', '--random-delay', '0', '--no-on-metered']
  expect(await cli.json(edited)).toMatchObject({
    document: { schedule: { every: 'week', randomDelayMinutes: 0 }, options: { onMetered: false } },
  })
})
