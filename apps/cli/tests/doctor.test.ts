import {
  chmodSync,
  chownSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { doctor } from '../src/commands/doctor.ts'
import { checkNode } from '../src/doctor/check-programs.ts'
import type { Output } from '../src/output.ts'
import type { Settings } from '../src/settings.ts'
import { type CommandLine, isRoot, openCommandLine } from './command-line.ts'
import { startAgent } from './start-agent.ts'

type Finding = { check: string; state: string; sentence: string; next: string | null }
type Look = { ok: boolean; home: string; findings: Finding[] }

const PORT = { HOLDFAST_PORT: '0' }

/** Looks as the command does, in this process: starting a program for each way to break is most of what it costs. */
async function look(cli: CommandLine, args: { remote?: boolean } = {}, env: Record<string, string> = PORT) {
  const said: string[] = []
  let document: Look = { ok: false, home: '', findings: [] }
  const code = await doctor(
    { settings: settingsOf(cli, env), output: outputInto(said, (it) => (document = it)) },
    args,
  )
  const states = Object.fromEntries(document.findings.map(({ check, state }) => [check, state]))
  const wrong = document.findings.filter(({ state }) => state !== 'ok')
  return { code, document, states, wrong, text: said.join('\n') }
}

function settingsOf(cli: CommandLine, env: Record<string, string>): Settings {
  return {
    ...{
      home: cli.at('home'),
      userHome: cli.dir,
      userVariables: env,
      path: env.PATH ?? process.env.PATH ?? '',
    },
    ...{ cwd: Buffer.from(cli.dir), agent: undefined, passphrase: undefined, newPassphrase: undefined },
    ...{ rcloneConfigPassword: undefined, newConfigPassword: undefined, defaultRcloneConfigs: [] },
    ...{ isRoot, colours: false, signal: new AbortController().signal },
  }
}

function outputInto(said: string[], onAnswer: (document: Look) => void): Output {
  const note = (...parts: unknown[]) => void said.push(JSON.stringify(parts))
  return {
    json: true,
    answer(document, lines) {
      note(document, lines)
      onAnswer(document as Look)
    },
    write: async (part) => note(String(part)),
    ...{ progress: note, said: note, note, error: note, bold: (text) => text, close: () => undefined },
  }
}

/** A home that was in use: a plan with its vault, and the agent has ended. */
async function usedHome(cli: CommandLine): Promise<void> {
  mkdirSync(cli.at('source'))
  writeFileSync(cli.at('source/a.txt'), 'hello')
  await using _agent = await startAgent(cli)
  const made = await cli.run([
    ...['plan', 'add', 'Papers', cli.at('source'), '--to', cli.at('vault')],
    ...['--passphrase-file', cli.at('passphrase'), '--manual'],
  ])
  if (made.code !== 0) throw new Error(made.stderr)
  await cli.run(['run', 'Papers', '--follow'])
}

test('a fresh machine has nothing wrong but that nothing is set up', async () => {
  await using cli = openCommandLine()
  const { code, document } = await cli.json<Look>(['doctor'], { env: PORT })
  const states = Object.fromEntries(document.findings.map(({ check, state }) => [check, state]))
  expect({ code, ok: document.ok, home: states.home, node: states.node }).toEqual({
    ...{ code: 0, ok: true, home: 'ok', node: 'ok' },
  })
  const lines = await cli.run(['doctor'])
  expect(lines.stdout).toContain('nothing is set up')
})

test('a Node that is too old is a problem', () => {
  expect(checkNode('22.19.0')).toMatchObject({ state: 'problem', next: expect.stringContaining('24') })
  expect(checkNode('24.0.0').state).toBe('ok')
})

test('each way in which a home breaks is named with what mends it, and looking changes and tells nothing', async () => {
  await using cli = openCommandLine()
  await usedHome(cli)
  const home = (name: string) => cli.at(`home/${name}`)
  const mtimes = () =>
    ['holdfast.db', 'secrets.conf', 'machine.json'].map((name) => statSync(home(name)).mtimeMs)
  const before = mtimes()
  const well = await look(cli, { remote: true })
  expect(well.wrong.filter(({ state }) => state === 'problem')).toEqual([])
  expect(well.states.agent).toBe('warning')
  expect({ code: well.code, key: well.states.key, database: well.states.database }).toEqual({
    ...{ code: 0, key: 'ok', database: 'ok' },
  })
  expect(well.states[`vault-${cli.at('vault')}`]).toBe('ok')
  expect(mtimes()).toEqual(before)

  const key = readFileSync(home('config.key'), 'utf8')
  const secrets = readFileSync(home('secrets.conf'))
  const database = readFileSync(home('holdfast.db'))
  /** Breaks one thing, looks, and puts it back. */
  async function broken(how: () => void, mend: () => void, args: { remote?: boolean } = {}) {
    how()
    try {
      return await look(cli, args)
    } finally {
      mend()
    }
  }
  const expectProblem = ({ code, wrong, text }: Awaited<ReturnType<typeof look>>, check: string) => {
    const found = wrong.find((one) => one.check === check)
    expect({ check, code, state: found?.state }).toEqual({ check, code: 1, state: 'problem' })
    expect(found?.next).toMatch(/\w/)
    expect(text).not.toContain(key.trim())
  }

  const opened = await broken(
    () => chmodSync(cli.at('home'), 0o755),
    () => chmodSync(cli.at('home'), 0o700),
  )
  expectProblem(opened, 'home-private')
  const readable = await broken(
    () => chmodSync(home('config.key'), 0o644),
    () => chmodSync(home('config.key'), 0o600),
  )
  expectProblem(readable, 'home-private')
  const noKey = await broken(
    () => rmSync(home('config.key')),
    () => writeFileSync(home('config.key'), key, { mode: 0o600 }),
  )
  expectProblem(noKey, 'sealed-secrets.conf')
  const otherKey = await broken(
    () => writeFileSync(home('config.key'), `${'x'.repeat(43)}\n`),
    () => writeFileSync(home('config.key'), key),
  )
  expectProblem(otherKey, 'sealed-secrets.conf')
  const bare = await broken(
    () => writeFileSync(home('secrets.conf'), '{"vaults":{},"values":{"canary":"canary-1"}}'),
    () => writeFileSync(home('secrets.conf'), secrets),
  )
  expectProblem(bare, 'sealed-secrets.conf')
  expect(bare.text).not.toContain('canary-1')
  const machine = readFileSync(home('machine.json'))
  const noName = await broken(
    () => writeFileSync(home('machine.json'), '{"ver'),
    () => writeFileSync(home('machine.json'), machine),
  )
  expectProblem(noName, 'machine')
  const hooks = await broken(
    () => writeFileSync(home('hooks.json'), '{"version":1,"commands":[]}', { mode: 0o666 }),
    () => rmSync(home('hooks.json')),
  )
  expect(hooks.code).toBe(1)

  const torn = await broken(
    () => {
      const fd = openSync(home('holdfast.db'), 'r+')
      writeSync(fd, Buffer.alloc(20_000, 7), 0, 20_000, 8192)
    },
    () => writeFileSync(home('holdfast.db'), database),
  )
  expectProblem(torn, 'database')
  const noDatabase = await broken(
    () => writeFileSync(home('holdfast.db'), 'no database at all, whoever wrote this here'),
    () => writeFileSync(home('holdfast.db'), database),
  )
  expectProblem(noDatabase, 'database')
  const sql = (text: string) => () => {
    const open = new DatabaseSync(home('holdfast.db'))
    open.exec(text)
    open.close()
  }
  const putBack = () => writeFileSync(home('holdfast.db'), database)
  const newer = await broken(
    sql("INSERT INTO schema_migration VALUES ('9999_later', 'x', '2026-01-01')"),
    putBack,
  )
  expectProblem(newer, 'schema')
  const setBack = await broken(
    sql("UPDATE audit_entry SET at = '2199-01-01T00:00:00.000+00:00' WHERE seq = 1"),
    putBack,
  )
  expectProblem(setBack, 'clock')

  const lock = await broken(
    () => writeFileSync(home('agent.lock'), JSON.stringify({ pid: process.pid, startedAt: 'x' })),
    () => rmSync(home('agent.lock')),
  )
  expectProblem(lock, 'lock')
  const dead = await broken(
    () => writeFileSync(home('agent.lock'), JSON.stringify({ pid: 2 ** 22 - 3, startedAt: 'x' })),
    () => rmSync(home('agent.lock')),
  )
  expect({ code: dead.code, lock: dead.states.lock }).toEqual({ code: 0, lock: 'warning' })
  const spool = await broken(
    () => mkdirSync(home('spool/run-killed'), { recursive: true }),
    () => rmSync(home('spool/run-killed'), { recursive: true }),
  )
  expect(spool.states.spool).toBe('warning')
  const silent = await broken(
    () =>
      writeFileSync(home('agent.json'), JSON.stringify({ address: 'http://127.0.0.1:9', token: key }), {
        mode: 0o600,
      }),
    () => rmSync(home('agent.json')),
  )
  expectProblem(silent, 'agent')
  const away = await broken(
    () => chmodSync(cli.at('vault'), 0o755),
    () => undefined,
    { remote: true },
  )
  expect(away.code).toBe(0)
  rmSync(cli.at('vault'), { recursive: true })
  expectProblem(await look(cli, { remote: true }), `vault-${cli.at('vault')}`)
  const noScreens = await look(cli, {}, { ...PORT, HOLDFAST_WEB_DIR: cli.at('nowhere') })
  expect(noScreens.states.screens).toBe('warning')
  const noRclone = await look(cli, {}, { ...PORT, PATH: cli.at('nowhere') })
  expectProblem(noRclone, 'rclone')

  await using taken = await listening()
  expectProblem(await look(cli, {}, { HOLDFAST_PORT: String(taken.port) }), 'port')
  rmSync(cli.at('home'), { recursive: true })
  writeFileSync(cli.at('home'), 'a file')
  expectProblem(await look(cli), 'home')
}, 120_000)

test('beside a running agent it tells what that one says of the plans', async () => {
  await using cli = openCommandLine()
  await usedHome(cli)
  await using _agent = await startAgent(cli)
  const { code, states, document, wrong } = await look(cli)
  expect(wrong.filter(({ state }) => state === 'problem')).toEqual([])
  expect({ code, agent: states.agent, lock: states.lock, database: states.database }).toEqual({
    ...{ code: 0, agent: 'ok', lock: 'ok', database: 'ok' },
  })
  expect(document.findings.find(({ check }) => check === 'plan-Papers')?.sentence).toContain('Papers')
}, 60_000)

test.runIf(isRoot)('a home of another user is said to be one', async () => {
  await using cli = openCommandLine()
  mkdirSync(cli.at('home'), { mode: 0o700 })
  chownSync(cli.at('home'), 65_534, 65_534)
  const { code, states } = await look(cli)
  expect({ code, owner: states['home-owner'] }).toEqual({ code: 1, owner: 'problem' })
})

async function listening(): Promise<AsyncDisposable & { port: number }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
