import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

it('defines commands on this machine alone, which a plan runs by their names', async () => {
  await using cli = openCommandLine()
  const script = 'echo "$HOLDFAST_WHEN $1" >> "$2"'
  const added = await cli.run([
    'hook',
    'add',
    'tell',
    '--',
    'sh',
    '-c',
    script,
    'sh',
    "it's me",
    cli.at('told'),
  ])
  expect(added).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('holdfast plan edit PLAN --hook before:tell'),
  })
  expect(lstatSync(cli.at('home/hooks.json')).mode & 0o777).toBe(0o600)
  expect(await cli.json(['hook', 'list'])).toMatchObject({
    document: { commands: [{ id: 'tell', command: ['sh', '-c', script, 'sh', "it's me", cli.at('told')] }] },
  })
  expect((await cli.run(['hook'])).stdout).toContain(`'it'\\''s me'`)
  expect(await cli.run(['hook', 'add', 'tell', 'true'])).toMatchObject({ code: 2 })
  expect(await cli.run(['hook', 'add', 'Tell it', 'true'])).toMatchObject({ code: 2 })
  expect(await cli.run(['hook', 'remove', 'other'])).toMatchObject({ code: 2 })
  const odd = await cli.run(['hook', 'add', 'odd', './no-such'])
  expect(odd).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`${cli.at('no-such')} is no program`),
  })

  mkdirSync(cli.at('docs'))
  writeFileSync(cli.at('docs/a.txt'), 'hello')
  using database = new DatabaseSync(cli.at('shop.db'))
  database.exec('create table item (id integer); insert into item values (7)')
  await using _agent = await startAgent(cli)
  const plan = ['plan', 'add', 'Docs', 'docs', '--to', 'vault', '--plain', '--manual']
  const hooks = ['--hook', 'sqlite:shop.db,on-failure=stop', '--hook', 'after:tell,timeout=1min']
  expect(await cli.json([...plan, ...hooks])).toMatchObject({
    document: {
      options: {
        hooks: [
          { kind: 'dump-sqlite', path: cli.at('shop.db'), id: 'sqlite-shop-db', abort: true },
          { kind: 'command', command: 'tell', when: 'after', timeoutSeconds: 60, abort: false },
        ],
      },
    },
  })
  expect((await cli.run(['plan', 'show', 'Docs'])).stdout).toContain(
    `  hook   sqlite:${cli.at('shop.db')},on-failure=stop (sqlite-shop-db)`,
  )
  expect(await cli.run(['run', 'Docs', '--follow'])).toMatchObject({ code: 0 })
  expect(readFileSync(cli.at('told'), 'utf8')).toBe("after it's me\n")
  const listed = await cli.run(['ls', '--from', 'vault', '--recursive'])
  expect(listed.stdout).toContain('database-dumps/sqlite-shop-db.sqlite')

  expect(await cli.json(['plan', 'edit', 'Docs', '--hook', 'before:none'])).toMatchObject({ code: 2 })
  expect(await cli.json(['plan', 'edit', 'Docs', '--hook', 'oracle:x'])).toMatchObject({ code: 2 })
  expect(await cli.json(['plan', 'edit', 'Docs', '--hook', 'mysql:shop,user=ann'])).toMatchObject({ code: 0 })
  writeFileSync(cli.at('password'), 'secret\n')
  const password = ['hook', 'password', 'Docs', 'mysql-shop']
  expect(await cli.json([...password, '--password-file', cli.at('password')])).toMatchObject({
    document: { hook: 'mysql-shop', password: 'stored' },
  })
  expect(await cli.json([...password, '--remove'])).toMatchObject({ document: { password: 'none' } })
  expect(await cli.json(['hook', 'password', 'Docs', 'other', '--remove'])).toMatchObject({ code: 2 })
  expect(await cli.json(['plan', 'edit', 'Docs', '--no-hooks'])).toMatchObject({
    document: { options: { hooks: [] } },
  })
})

it('ends a command that never ends when the agent is stopped', { timeout: 90_000 }, async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('docs'))
  const script = 'echo $$ > "$1.new"; mv "$1.new" "$1"; while :; do sleep 1; done'
  await cli.run(['hook', 'add', 'hang', '--', 'sh', '-c', script, 'sh', cli.at('number')])
  {
    await using _agent = await startAgent(cli)
    const keys = ['--passphrase-file', 'passphrase', '--manual']
    expect(await cli.run(['plan', 'add', 'Docs', 'docs', '--to', 'vault', ...keys])).toMatchObject({
      code: 0,
    })
    expect(await cli.run(['plan', 'edit', 'Docs', '--hook', 'after:hang'])).toMatchObject({ code: 0 })
    expect(await cli.run(['run', 'Docs'])).toMatchObject({ code: 0 })
    while (!existsSync(cli.at('number'))) await wait(50)
  }
  expect(existsSync(`/proc/${readFileSync(cli.at('number'), 'utf8').trim()}`)).toBe(false)
})
