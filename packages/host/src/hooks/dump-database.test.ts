import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type DumpHook, Hook, isDump, parseHook } from '@holdfast/domain'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { dumpDatabase } from './dump-database.ts'
import { startMariadb, startPostgres } from './test-database-servers.ts'

const PASSWORD = 'p"a\\ss #w\'ö;rd'
let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'holdfast-dump-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

function hookOf(text: string, timeoutSeconds = 60): DumpHook {
  const hook = Hook.parse(parseHook(text))
  if (!isDump(hook)) throw new Error('no dump')
  return { ...hook, timeoutSeconds }
}

async function dump(
  text: string,
  options: { password?: string; timeoutSeconds?: number; path?: string } = {},
) {
  const lines: string[] = []
  const hook = hookOf(text, options.timeoutSeconds)
  const environment = { PATH: options.path ?? process.env.PATH ?? '', HOME: dir, LC_ALL: 'C' }
  const { password } = options
  const signal = new AbortController().signal
  const onLine = (line: string) => lines.push(line)
  const problem = await dumpDatabase(hook, {
    ...{ dir: join(dir, 'dumps'), environment, signal, onLine, password },
  }).catch((error: unknown) => (error instanceof Error ? error.message : String(error)))
  return {
    problem,
    lines,
    file: join(dir, 'dumps', `${hook.id}.${hook.kind === 'dump-sqlite' ? 'sqlite' : 'sql'}`),
  }
}

const mode = (file: string) => statSync(file).mode & 0o777

describe('a dump of PostgreSQL', () => {
  it('brings back what was there when it is read into another database, and keeps the last good one', async () => {
    await using server = await startPostgres(PASSWORD)
    server.sql('create database shop; create database again;')
    server.sql(
      `create table item (id serial primary key, name text not null, price numeric(9,2), raw bytea, at timestamptz);
       insert into item (name, price, raw, at) select 'Ärmel ' || n, n / 7.0, decode(md5(n::text), 'hex'),
         timestamptz '2026-01-01' + n * interval '1 h' from generate_series(1, 5000) n;
       create view dear as select * from item where price > 100;
       create function twice(n int) returns int language sql as 'select 2 * n';`,
      'shop',
    )
    const hook = `postgresql:shop,host=${server.host},user=boss`
    const { problem, file } = await dump(hook, { password: PASSWORD })
    expect(problem).toBeUndefined()
    expect(mode(file)).toBe(0o600)
    expect(mode(join(dir, 'dumps'))).toBe(0o700)

    server.load(file, 'again')
    const all =
      "select md5(string_agg(t::text, '' order by id)), count(*), twice(21) from item t; select count(*) from dear"
    expect(server.sql(all, 'again')).toBe(server.sql(all, 'shop'))
    expect(server.sql('select count(*) from item', 'again').trim()).toBe('5000')

    const good = readFileSync(file)
    const wrong = await dump(hook, { password: 'wrong' })
    expect(wrong.problem).toBe('it ended with 1.')
    expect(wrong.lines.join()).toMatch(/password authentication failed/)
    const none = await dump(hook)
    expect(none.problem).toBe('it ended with 1.')
    expect(readFileSync(file).equals(good)).toBe(true)
    expect(readdirSync(join(dir, 'dumps'))).toEqual(['postgresql-shop.sql'])

    const everything = await dump(`postgresql:,host=${server.host},user=boss`, { password: PASSWORD })
    expect(everything.problem).toBeUndefined()
    const text = readFileSync(everything.file, 'utf8')
    for (const words of ['CREATE DATABASE shop', 'CREATE DATABASE again', 'CREATE ROLE boss', 'Ärmel 4999'])
      expect(text).toContain(words)
    expect(text).not.toContain(PASSWORD)
  })
})

describe('a dump of MariaDB', () => {
  it('brings back what was there when it is read into another database, and keeps the last good one', async () => {
    await using server = await startMariadb()
    const quoted = PASSWORD.replace(/[\\']/g, '\\$&')
    server.sql(
      `set names utf8mb4; create database shop; create database again;
       create user backup@localhost identified by '${quoted}'; grant all on *.* to backup@localhost;
       use shop; create table item (id int primary key auto_increment, name varchar(80), raw varbinary(40), at datetime(6)) engine=innodb;
       insert into item (name, raw, at) select concat('Ärmel 🧥 ', seq), unhex(md5(seq)), '2026-01-01' + interval seq hour from seq_1_to_5000;
       create view dear as select * from item where id > 4900;
       create trigger loud before insert on item for each row set new.name = upper(new.name);
       create procedure twice(n int) select 2 * n;`,
    )
    const hook = `mysql:shop,host=${server.host},user=backup`
    const { problem, lines, file } = await dump(hook, { password: PASSWORD })
    expect({ problem, lines }).toEqual({ problem: undefined, lines: [] })
    expect(mode(file)).toBe(0o600)

    server.load(file, 'again')
    const all = `select md5(group_concat(concat_ws('|', id, name, hex(raw), at) order by id)), count(*) from item;
      select count(*) from dear; call twice(21); select count(*) from information_schema.triggers where trigger_schema = database()`
    const sized = `set session group_concat_max_len = 100000000; ${all}`
    expect(server.sql(sized, 'again')).toBe(server.sql(sized, 'shop'))
    expect(server.sql('select count(*) from item', 'again').trim()).toBe('5000')

    const good = readFileSync(file)
    const wrong = await dump(hook, { password: 'wrong' })
    expect(wrong.problem).toBe('it ended with 2.')
    expect(wrong.lines.join()).toMatch(/Access denied/)
    expect(readFileSync(file).equals(good)).toBe(true)

    const again = await dump(hook, { password: PASSWORD })
    expect(again.problem).toBeUndefined()
    expect(readFileSync(file).equals(good)).toBe(true)

    const everything = await dump(`mysql:,host=${server.host},user=backup`, { password: PASSWORD })
    expect(everything.problem).toBeUndefined()
    expect(readFileSync(everything.file, 'utf8')).toContain('`again`')
  })
})

describe('a dump of SQLite', () => {
  it.each(['wal', 'delete'])('is one moment, while another program writes to it (%s)', async (journal) => {
    const source = join(dir, 'app, data.db')
    makeLedger(source, journal)
    const writer = startWriter(source)
    await writer.began
    try {
      for (let i = 0; i < 3; i += 1) {
        const { problem, lines, file } = await dump(`sqlite:${source}`)
        expect({ problem, lines }).toEqual({ problem: undefined, lines: [] })
        expect(mode(file)).toBe(0o600)
        using copy = new DatabaseSync(file)
        // Every transaction of the writer moves an amount: only a mixture of two moments has another sum.
        expect(copy.prepare('select sum(amount) as sum, count(*) as n from account').get()).toEqual({
          sum: 0,
          n: 2000,
        })
        expect(copy.prepare('pragma journal_mode').get()).toEqual({ journal_mode: journal })
      }
    } finally {
      await writer.stop()
    }
    expect(readdirSync(join(dir, 'dumps'))).toEqual(['sqlite-app-data-db.sqlite'])
  })

  it('says what is wrong and keeps the last good one', async () => {
    const source = join(dir, 'app.db')
    makeLedger(source, 'wal')
    const { file } = await dump(`sqlite:${source}`)
    const good = readFileSync(file)
    writeFileSync(source, 'this is no database, and it is long enough to be looked at as one'.repeat(99))
    const damaged = await dump(`sqlite:${source}`)
    expect(damaged.problem).toBe('it ended with 1.')
    expect(damaged.lines.join()).toMatch(/app\.db: file is not a database/)
    rmSync(source)
    const missing = await dump(`sqlite:${source}`)
    expect(missing.lines.join()).toMatch(/unable to open/)
    expect(readFileSync(file).equals(good)).toBe(true)
    expect(readdirSync(join(dir, 'dumps'))).toEqual(['sqlite-app-db.sqlite'])
  })
})

describe('any dump', () => {
  it('says that its program is not installed', async () => {
    expect((await dump('postgresql:shop', { path: '/nowhere' })).problem).toBe(
      'pg_dump is not installed here.',
    )
    expect((await dump('mysql:shop', { path: '/nowhere' })).problem).toMatch(/mysqldump is not installed/)
  })

  it('that takes too long is ended and replaces nothing', async () => {
    const bin = join(dir, 'bin')
    const slow = `#!/bin/sh\necho half of a dump\nexec sleep 60\n`
    makeProgram(bin, 'pg_dump', slow)
    const { problem } = await dump('postgresql:shop', {
      path: `${bin}:${process.env.PATH}`,
      timeoutSeconds: 1,
    })
    expect(problem).toBe('it took too long and was ended.')
    expect(readdirSync(join(dir, 'dumps'))).toEqual([])
  })

  it('shows no password in an argument, nor in what it writes', async () => {
    const bin = join(dir, 'bin')
    const echo = '#!/bin/sh\necho "$0 $@" >&2\nexit 1\n'
    for (const name of ['pg_dump', 'mariadb-dump']) makeProgram(bin, name, echo)
    for (const text of ['postgresql:shop,user=x', 'mysql:shop,user=x']) {
      const { lines } = await dump(text, { path: `${bin}:${process.env.PATH}`, password: 'canary-4711' })
      expect(lines).toHaveLength(1)
      expect(lines.join()).not.toContain('canary')
    }
  })
})

function makeProgram(bin: string, name: string, text: string): void {
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, name), text, { mode: 0o755 })
}

function makeLedger(file: string, journal: string): void {
  using database = new DatabaseSync(file)
  database.exec(`pragma journal_mode = ${journal}; create table account (id integer primary key, amount int, pad text);
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
    insert into account select i, 0, hex(randomblob(500)) from n`)
}

/** Another process that moves amounts from one account to another as fast as it can. */
function startWriter(file: string): { began: Promise<unknown>; stop(): Promise<void> } {
  const code = `
    const { DatabaseSync } = require('node:sqlite')
    const db = new DatabaseSync(process.argv[1], { timeout: 20000 })
    db.exec('pragma synchronous = off')
    for (let i = 0; ; i = (i + 7) % 1000) {
      db.exec('begin immediate; update account set amount = amount - 5 where id = ' + (1 + i) + '; update account set amount = amount + 5 where id = ' + (2000 - i) + '; commit')
      if (i === 7) console.log('writes')
    }`
  const child = spawn(process.execPath, ['--no-warnings', '-e', code, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  return {
    began: once(child.stdout, 'data'),
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
