import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { describeTree, openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

const KEY = ['--passphrase-file', 'passphrase'] as const

type Run = { outcome: string; summary: { snapshot: string; bytesStored: number } }

it('brings a lost machine back by its kit and its passphrase, and goes on', {
  timeout: 240_000,
}, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('ann/.config'), { recursive: true })
  writeFileSync(cli.at('ann/.config/app'), 'dark')
  writeFileSync(cli.at('ann/letter'), Buffer.alloc(400_000, 'Dear reader. '))
  let before: Run
  {
    await using _agent = await startAgent(cli)
    await cli.json(['plan', 'add', 'Home', 'ann', '--to', 'vault', '--cron', '0 3 1 1 *', ...KEY])
    before = (await cli.json<Run>(['run', 'Home', '--follow'])).document
    expect(before).toMatchObject({ outcome: 'complete' })
    expect(await cli.json(['kit', 'status'])).toMatchObject({ document: [{ savedAt: null }] })
    expect(await cli.json(['kit', 'save', 'kit.json'])).toMatchObject({ code: 0, document: { notes: [] } })
    expect(statSync(cli.at('kit.json')).mode & 0o777).toBe(0o600)
    expect(await cli.run(['kit', 'save', 'kit.json'])).toMatchObject({ code: 1 })
    expect(await cli.json(['kit', 'status'])).toMatchObject({
      document: [{ savedAt: expect.any(String), outdated: null }],
    })
  }
  rmSync(cli.at('home'), { recursive: true })
  // Not Node's own copy, whose times are off by a microsecond now and then.
  mkdirSync(cli.at('was'))
  execFileSync('cp', ['-a', cli.at('ann'), cli.at('was/ann')])
  rmSync(cli.at('ann'), { recursive: true })

  expect(await cli.json(['recover'])).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
  expect(await cli.json(['recover', 'kit.json'])).toMatchObject({
    code: 4,
    document: { error: { code: 'PASSPHRASE_MISSING' } },
  })
  const list = await cli.json(['recover', 'kit.json', '--list', ...KEY])
  expect(list).toMatchObject({
    code: 0,
    document: { machines: [{ snapshots: 1, plans: [{ name: 'Home' }], newest: { files: 2 } }] },
  })
  expect(await cli.json(['recover', 'kit.json', ...KEY])).toMatchObject({
    code: 2,
    document: { error: { message: expect.stringContaining('--take-over') } },
  })
  const bob = ['--map', `${cli.at('ann')}=${cli.at('bob')}`]
  const back = await cli.json(['recover', 'kit.json', '--take-over', ...bob, '--in-place', ...KEY])
  expect(back).toMatchObject({
    code: 0,
    document: {
      ...{ how: 'take-over', runs: 1, waiting: [], plans: [{ name: 'Home', sources: [cli.at('bob')] }] },
      restored: [
        { stage: 'settings', state: 'done', files: 1 },
        { stage: 'documents', state: 'done', files: 1 },
      ],
    },
  })
  expect(readFileSync(cli.at('bob/.config/app'), 'utf8')).toBe('dark')
  const names = (tree: string) => tree.split('\n').filter((line) => /^\S+f /.test(line))
  expect(names(describeTree(cli.at('bob')))).toEqual(names(describeTree(cli.at('was/ann'))))

  expect(await cli.json(['recover', 'kit.json', '--list', ...KEY])).toMatchObject({
    code: 1,
    document: { error: { code: 'HOME_NOT_EMPTY' } },
  })
  await using _again = await startAgent(cli)
  const after = (await cli.json<Run>(['run', 'Home', '--follow'])).document
  expect(after).toMatchObject({ outcome: 'complete' })
  const [writer, seq] = before.summary.snapshot.split('-')
  expect(after.summary.snapshot).toBe(`${writer}-${Number(seq) + 1}`)
  expect(after.summary.bytesStored).toBeLessThan(20_000)
})

it('finds the vault by hand, and reads without taking over', { timeout: 60_000 }, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/a'), 'a')
  {
    await using _agent = await startAgent(cli)
    await cli.json(['plan', 'add', 'Docs', 'docs', '--to', 'vault', '--manual', ...KEY])
    await cli.json(['run', 'Docs', '--follow'])
  }
  const env = { HOLDFAST_HOME: cli.at('second') }
  const read = ['recover', '--from', 'vault', '--read-only', '--to', 'out', ...KEY]
  expect(await cli.json(read, { env })).toMatchObject({
    code: 0,
    document: { how: 'read-only', restored: [{ state: 'done', files: 1 }] },
  })
  expect(readFileSync(cli.at('out/docs/docs/a'), 'utf8')).toBe('a')
  const over = await cli.json(['recover', '--take-over', '--no-data'], { env })
  expect(over).toMatchObject({ code: 0, document: { how: 'take-over', standings: [] } })
})

it('opens another vault of the machine with the passphrase of that vault', { timeout: 120_000 }, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/a'), 'a')
  mkdirSync(cli.at('books'))
  writeFileSync(cli.at('books/b'), 'b')
  writeFileSync(cli.at('other'), 'another one\n')
  const other = ['--passphrase-file', 'other']
  {
    await using _agent = await startAgent(cli)
    await cli.json(['plan', 'add', 'Books', 'books', '--to', 'second', '--manual', ...other])
    await cli.json(['run', 'Books', '--follow'])
    await cli.json(['plan', 'add', 'Docs', 'docs', '--to', 'vault', '--manual', ...KEY])
    await cli.json(['run', 'Docs', '--follow'])
    await cli.json(['kit', 'save', 'kit.json', '--plan', 'Docs'])
  }
  rmSync(cli.at('home'), { recursive: true })
  rmSync(cli.at('books'), { recursive: true })
  const back = await cli.run(['recover', 'kit.json', '--take-over', '--in-place', ...KEY])
  expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining(`--unlock ${cli.at('second')}`) })
  const unlock = ['recover', '--unlock', cli.at('second'), '--in-place', '--plan', 'Books']
  expect(await cli.json([...unlock, ...KEY])).toMatchObject({
    code: 4,
    document: { error: { code: 'LOCKED' } },
  })
  expect(await cli.json(['recover', '--unlock', 'nowhere', ...other])).toMatchObject({ code: 2 })
  expect(await cli.json([...unlock, ...other])).toMatchObject({
    code: 0,
    document: { locked: [], waiting: [] },
  })
  expect(readFileSync(cli.at('books/b'), 'utf8')).toBe('b')
})
