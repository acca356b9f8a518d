import { readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

it('tells who did what, exports it, and says which entry was changed', async () => {
  await using cli = openCommandLine()
  {
    await using _agent = await startAgent(cli)
    expect(await cli.json(['bandwidth', 'set', '5M'])).toMatchObject({ code: 0 })
    const listed = await cli.json<{ seq: number; act: string; actor: { kind: string } }[]>(['audit'])
    expect(listed.document.at(-1)).toMatchObject({
      ...{ seq: 1, act: 'bandwidth.timetable', subject: 'bandwidth', actor: { kind: 'cli' } },
    })
    expect((await cli.run(['audit', '--act', 'plan.'])).stdout).toContain('No such entry')
    expect((await cli.run(['audit', 'verify'])).stdout).toMatch(/^The audit trail is whole: 1 entry,/)

    expect(await cli.run(['audit', 'export', '--csv', 'audit.csv'])).toMatchObject({ code: 0 })
    expect(readFileSync(cli.at('audit.csv'), 'utf8').split('\r\n')[1]).toContain('bandwidth.timetable')
    expect(await cli.json(['audit', 'export', '--csv', 'audit.csv'])).toMatchObject({
      code: 1,
      document: { error: { code: 'TARGET_NOT_WRITABLE' } },
    })
    expect(await cli.run(['audit', 'export'])).toMatchObject({ code: 2 })

    expect(await cli.json(['report', '--period', 'week'])).toMatchObject({
      document: { plans: [], failures: [] },
    })
    expect(await cli.json(['report', '--pdf', 'report.pdf'])).toMatchObject({ document: { format: 'pdf' } })
    expect(readFileSync(cli.at('report.pdf')).subarray(0, 5).toString()).toBe('%PDF-')

    const { document } = await cli.json<{ token: string }>(['metrics', 'token'])
    expect(document.token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await cli.json(['metrics'])).toMatchObject({ document: { on: true } })
    expect(await cli.json(['metrics', 'off'])).toMatchObject({ code: 0 })
  }
  const database = new DatabaseSync(cli.at('home/holdfast.db'))
  database.exec("UPDATE audit_entry SET act = 'bandwidth.nothing' WHERE seq = 1")
  database.close()
  await using _again = await startAgent(cli)
  const verified = await cli.run(['audit', 'verify'])
  expect(verified).toMatchObject({ code: 1, stdout: 'Entry 1 was changed or put in later.\n' })
})
