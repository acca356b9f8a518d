import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { NONCE_BYTES, sealConfig } from '@holdfast/sealed-config'
import { type BreakableLine, openBreakableLine, startWebdavServer } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { type CommandLine, openCommandLine, PASSPHRASE } from './command-line.ts'
import { writeRemotes } from './remote-config.ts'

describe('holdfast', () => {
  it.each([
    [[], 'Which command?'],
    [['nonsense'], 'Unknown command'],
    [['backup', '--to', 'v'], 'missing required argument'],
    [['vault'], 'Which command?'],
    [['backup', '.'], 'required option'],
    [['backup', '.', '--to', 'v', '--wrong'], 'Unknown option'],
    [['restore', '--from', 'v', '--to', 'out'], 'Which snapshot?'],
    [
      ['restore', '--from', 'v', '--to', 'out', '--snapshot', 'latest', '--conflict', 'maybe'],
      'Allowed choices',
    ],
    [['restore', '--from', 'v', '--to', 'out', '--snapshot', 'x'], 'is no snapshot'],
    [['check', '--from', 'v', '--read', 'some'], 'is no amount'],
  ])('exits 2 for the wrong command %j', async (args, part) => {
    await using cli = openCommandLine()
    const answer = await cli.run(args)
    expect([answer.code, answer.stdout]).toEqual([2, ''])
    expect(answer.stderr.toLowerCase()).toContain(part.toLowerCase())
    expect(answer.stderr).toMatch(/\nNext: .*\nCode: [A-Z_]+\n$/)
  })

  it('answers errors as a document with --json', async () => {
    await using cli = openCommandLine()
    const usage = await cli.json(['restore', '--bad'])
    expect(usage).toMatchObject({
      code: 2,
      stderr: '',
      document: { error: { code: 'USAGE', next: expect.any(String) } },
    })
    const missing = await cli.json(['snapshots', '--from', 'nowhere'])
    expect(missing).toMatchObject({ code: 1, document: { error: { code: 'NOT_A_VAULT' } } })
    const refused = await cli.json(['snapshots', '--from', ':sftp,host=x:'])
    expect(refused).toMatchObject({ code: 1, document: { error: { code: 'REMOTE_REFUSED' } } })
  })

  it('prints help and version', async () => {
    await using cli = openCommandLine()
    expect(await cli.run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('backup') })
    expect(await cli.run(['help', 'restore'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--conflict'),
    })
    expect(await cli.run(['--version'])).toMatchObject({ code: 0, stdout: '0.1.0\n' })
    expect(existsSync(cli.at('home'))).toBe(false)
  })

  it('exits 4 when the passphrase is wrong or missing', async () => {
    await using cli = openCommandLine()
    const env = { HOLDFAST_PASSPHRASE: PASSPHRASE }
    expect((await cli.run(['vault', 'create', 'vault'], { env })).code).toBe(0)
    expect((await cli.run(['snapshots', '--from', 'vault'], { env })).code).toBe(0)
    const wrong = await cli.json(['snapshots', '--from', 'vault'], { env: { HOLDFAST_PASSPHRASE: 'wrong' } })
    expect(wrong).toMatchObject({ code: 4, document: { error: { code: 'LOCKED' } } })
    const missing = await cli.json(['snapshots', '--from', 'vault'])
    expect(missing).toMatchObject({ code: 4, document: { error: { code: 'PASSPHRASE_MISSING' } } })
    const noFile = await cli.json(['snapshots', '--from', 'vault', '--passphrase-file', 'nowhere'], { env })
    expect(noFile).toMatchObject({ code: 4, document: { error: { code: 'PASSPHRASE_MISSING' } } })
  })

  it('reads a passphrase from a pipe, which can be read once, and only where it is needed', async () => {
    await using cli = openCommandLine()
    const env = { HOLDFAST_PASSPHRASE: PASSPHRASE }
    expect((await cli.run(['vault', 'create', 'vault'], { env })).code).toBe(0)
    execFileSync('mkfifo', [cli.at('pipe')])
    // With the key file that is remembered from making the vault, from nothing, and remembered from that again.
    const remembered = cli.at('home/cache/key-files')
    for (const forget of [false, true, false]) {
      expect(existsSync(remembered)).toBe(true)
      if (forget) rmSync(remembered, { recursive: true })
      const reading = cli.run(['snapshots', '--from', 'vault', '--passphrase-file', 'pipe'])
      await writeFile(cli.at('pipe'), `${PASSPHRASE}\n`)
      expect((await reading).code).toBe(0)
    }
    expect((await cli.run(['vault', 'create', 'plain', '--plain'])).code).toBe(0)
    const unneeded = await cli.run(['snapshots', '--from', 'plain', '--passphrase-file', 'nowhere'])
    expect(unneeded.code).toBe(0)
  })

  it('makes a vault only where nothing is', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('full/folder'), { recursive: true })
    writeFileSync(cli.at('file'), '')
    const create = async (dest: string) =>
      (await cli.json<{ error?: { code: string } }>(['vault', 'create', dest, '--plain'])).document.error
        ?.code
    expect(await create('full')).toBe('PLACE_NOT_EMPTY')
    expect(await create('file')).toBe('TARGET_NOT_WRITABLE')
    expect(await create('deep/new/vault')).toBeUndefined()
    expect(await create('deep/new/vault')).toBe('VAULT_EXISTS')
    expect(readdirSync(cli.at('full'))).toEqual(['folder'])
  })

  it('exits 1 before anything is written when a source is missing', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const before = execFileSync('find', [cli.at('vault')], { encoding: 'utf8' })
    const answer = await cli.json(['backup', 'nowhere', '.', '--to', 'vault'])
    expect(answer).toMatchObject({ code: 1, document: { error: { code: 'SOURCE_MISSING' } } })
    expect(execFileSync('find', [cli.at('vault')], { encoding: 'utf8' })).toBe(before)
  })

  it('exits 1 and names the damage that a check finds', async () => {
    await using cli = openCommandLine()
    writeFileSync(cli.at('file'), 'content')
    await cli.run(['vault', 'create', 'vault', '--plain'])
    await cli.run(['backup', 'file', '--to', 'vault'])
    const [pack] = execFileSync('find', [cli.at('vault/v1/packs'), '-type', 'f'], { encoding: 'utf8' })
      .trim()
      .split('\n')
    execFileSync('dd', [
      'if=/dev/zero',
      `of=${pack}`,
      'bs=1',
      'seek=20',
      'count=4',
      'conv=notrunc',
      'status=none',
    ])
    expect(await cli.json(['check', '--from', 'vault'])).toMatchObject({ code: 0 })
    const read = await cli.json<{ ok: boolean; damaged: unknown[] }>([
      'check',
      '--from',
      'vault',
      '--read',
      'all',
    ])
    expect(read).toMatchObject({ code: 1, document: { ok: false } })
    expect(read.document.damaged.length).toBeGreaterThan(0)
  })

  it('exits 5 when no agent runs', async () => {
    await using cli = openCommandLine()
    for (const args of [['status'], ['plan', 'list'], ['run', 'x'], ['runs'], ['ops'], ['cancel', 'x']])
      expect(await cli.json(args)).toMatchObject({
        code: 5,
        document: { error: { code: 'AGENT_UNREACHABLE' } },
      })
  })

  it('finds a remote in the given configuration before the default one, and never writes the default one', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('.config/rclone'), { recursive: true })
    writeFileSync(
      cli.at('.config/rclone/rclone.conf'),
      `[disk]\ntype = alias\nremote = ${cli.at('default')}\n`,
    )
    writeFileSync(cli.at('own.conf'), `[disk]\ntype = alias\nremote = ${cli.at('given')}\n`)
    const byDefault = await cli.run(['vault', 'create', 'disk:vault', '--plain'])
    expect(byDefault).toMatchObject({ code: 0, stderr: expect.stringContaining('(read only)') })
    const given = await cli.run(['vault', 'create', 'disk:vault', '--plain', '--rclone-config', 'own.conf'])
    expect(given).toMatchObject({ code: 0, stderr: expect.stringContaining('own.conf') })
    expect([
      existsSync(cli.at('default/vault/vault.json')),
      existsSync(cli.at('given/vault/vault.json')),
    ]).toEqual([true, true])
    expect(await cli.json(['snapshots', '--from', 'other:x'])).toMatchObject({
      code: 1,
      document: { error: { code: 'REMOTE_UNKNOWN' } },
    })
  })

  it.each(['disk', 'hfvault'])(
    'encrypts over a remote "%s" of the default configuration, which stays as it was',
    async (name) => {
      await using cli = openCommandLine()
      mkdirSync(cli.at('.config/rclone'), { recursive: true })
      const config = `# Mine.\n[${name}]\ntype = alias\nremote = ${cli.at('disk')}\n\n[other]\ntype = memory\n`
      writeFileSync(cli.at('.config/rclone/rclone.conf'), config)
      writeFileSync(cli.at('note.txt'), 'a note')
      const place = `${name}:vault`
      const key = ['--passphrase-file', 'passphrase']
      for (const args of [
        ['vault', 'create', place],
        ['backup', 'note.txt', '--to', place],
        ['restore', '--from', place, '--snapshot', 'latest', '--to', 'out'],
      ])
        expect(await cli.run([...args, ...key])).toMatchObject({ code: 0 })
      expect(readFileSync(cli.at('out/note.txt'), 'utf8')).toBe('a note')
      expect(readFileSync(cli.at('.config/rclone/rclone.conf'), 'utf8')).toBe(config)
    },
  )

  it('opens the user’s own encrypted configuration by its password, and says where to look when that is wrong', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('.config/rclone'), { recursive: true })
    const config = `[disk]\ntype = alias\nremote = ${cli.at('disk')}\n`
    const sealed = sealConfig(config, 'their password', randomBytes(NONCE_BYTES))
    writeFileSync(cli.at('.config/rclone/rclone.conf'), sealed)
    const create = (env: Record<string, string>) =>
      cli.json(['vault', 'create', 'disk:vault', '--passphrase-file', 'passphrase'], { env })
    expect(await create({ RCLONE_CONFIG_PASS: 'wrong' })).toMatchObject({
      code: 1,
      document: { error: { code: 'CONFIG_DAMAGED', next: expect.stringContaining('RCLONE_CONFIG_PASS') } },
    })
    expect(await create({ RCLONE_CONFIG_PASS: 'their password' })).toMatchObject({ code: 0 })
    expect(readFileSync(cli.at('.config/rclone/rclone.conf'))).toEqual(Buffer.from(sealed))
  })

  it('reports progress as lines of JSON', async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('src'))
    for (let i = 0; i < 200; i += 1) writeFileSync(cli.at(`src/${i}`), `${i}`)
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const answer = await cli.run(['backup', 'src', '--to', 'vault', '--progress', 'json', '--json'])
    const events = answer.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events.at(-1)).toMatchObject({ type: 'progress', filesDone: 200 })
    expect(JSON.parse(answer.stdout)).toMatchObject({ filesNew: 200 })
  })

  it('exits 130 when interrupted, and leaves the vault usable', async () => {
    await using cli = openCommandLine()
    await using half = await startHalfABackup(cli)
    const exit = once(half.child, 'exit')
    half.child.kill('SIGINT')
    expect((await exit)[0]).toBe(130)
    await half.line.mend()
    expect((await cli.json(['snapshots', '--from', 'dav:vault', ...KEY])).document).toEqual([])
    expect(await cli.json(['backup', 'src', '--to', 'dav:vault', ...KEY])).toMatchObject({
      code: 0,
      document: { outcome: 'complete' },
    })
  })

  it('keeps out of the folder of the vault itself', async () => {
    await using cli = openCommandLine()
    writeFileSync(cli.at('file'), 'content')
    await cli.run(['vault', 'create', 'vault', '--plain'])
    await cli.run(['backup', 'file', '--to', 'vault'])
    const before = execFileSync('find', [cli.at('vault')], { encoding: 'utf8' })
    for (const to of ['vault', 'vault/out', 'vault/v1/packs'])
      expect(
        await cli.json(['restore', '--from', 'vault', '--snapshot', 'latest', '--to', to]),
      ).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
    expect(await cli.json(['backup', 'file', 'vault/v1', '--to', 'vault'])).toMatchObject({ code: 2 })
    expect(execFileSync('find', [cli.at('vault')], { encoding: 'utf8' })).toBe(before)
  })

  it('takes rclone along when it is killed', async () => {
    await using cli = openCommandLine()
    await using half = await startHalfABackup(cli)
    expect(cli.rclones().length).toBeGreaterThan(0)
    const exit = once(half.child, 'exit')
    half.child.kill('SIGKILL')
    await exit
    for (let i = 0; i < 400 && cli.rclones().length > 0; i += 1) await wait(50)
    expect(cli.rclones()).toEqual([])
    await half.line.mend()
    expect(await cli.json(['backup', 'src', '--to', 'dav:vault', ...KEY])).toMatchObject({
      code: 0,
      document: { outcome: 'complete' },
    })
    expect(readdirSync(cli.at('home/spool'))).toEqual([])
  })
})

const KEY = ['--rclone-config', 'remotes.conf']

type HalfBackup = AsyncDisposable & {
  readonly child: ReturnType<CommandLine['start']>
  readonly line: BreakableLine
}

/** A backup that can't end by itself: its remote takes the first bytes of a pack and then nothing more. */
async function startHalfABackup(cli: CommandLine): Promise<HalfBackup> {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startWebdavServer())
  const line = stack.use(await openBreakableLine(server.port))
  writeRemotes(cli.at('remotes.conf'), {
    dav: { ...server.remote, url: `http://127.0.0.1:${line.port}/` },
  })
  mkdirSync(cli.at('src'))
  // Random bytes don't compress.
  execFileSync('sh', ['-c', 'head -c 20000000 /dev/urandom > big'], { cwd: cli.at('src') })
  expect((await cli.run(['vault', 'create', 'dav:vault', '--plain', ...KEY])).code).toBe(0)
  const held = line.holdAfter(6_000_000)
  const child = cli.start(['backup', 'src', '--to', 'dav:vault', ...KEY])
  await held
  const parts = stack.move()
  return { child, line, [Symbol.asyncDispose]: () => parts.disposeAsync() }
}
