import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { describeTree, isRoot, openCommandLine } from './command-line.ts'

type Summary = {
  outcome: string
  snapshot: string
  filesNew: number
  filesUnchanged: number
  bytesRead: number
}

describe('holdfast', () => {
  it('backs up into an encrypted vault, lists, checks and restores what is the same', async () => {
    await using cli = openCommandLine()
    makeTree(cli.at('src'))
    const key = ['--passphrase-file', 'passphrase']
    const made = await cli.json<{ id: string; encrypted: boolean }>(['vault', 'create', 'vault', ...key])
    expect(made).toMatchObject({ code: 0, document: { encrypted: true } })

    const first = await cli.json<Summary>(['backup', 'src', '--to', 'vault', ...key])
    expect(first).toMatchObject({
      code: 0,
      stderr: '',
      document: { outcome: 'complete', filesNew: 3, bytesRead: 100_011 },
    })

    const listed = await cli.json<{ id: string; labels: string[] }[]>([
      'snapshots',
      '--from',
      'vault',
      ...key,
    ])
    expect(listed.document).toMatchObject([
      { id: first.document.snapshot, labels: ['src'], files: 3, outcome: 'complete' },
    ])
    const entries = await cli.json<{ path: string; kind: string }[]>([
      'ls',
      'src',
      '--from',
      'vault',
      '--recursive',
      ...key,
    ])
    expect(entries.document.map(({ path }) => path)).toEqual([
      'src',
      'src/a',
      'src/sub',
      'src/sub/b',
      'src/sub/c',
    ])

    const back = await cli.json(['restore', '--from', 'vault', '--snapshot', 'latest', '--to', 'out', ...key])
    expect(back).toMatchObject({
      code: 0,
      document: { files: 3, bytes: 100_011, verified: true, skipped: [] },
    })
    expect(describeTree(cli.at('out/src'), { owners: isRoot })).toBe(
      describeTree(cli.at('src'), { owners: isRoot }),
    )

    const checked = await cli.json(['check', '--from', 'vault', '--read', 'all', ...key])
    expect(checked).toMatchObject({ code: 0, document: { ok: true, damaged: [] } })
  })

  it('reads nothing again when nothing changed', async () => {
    await using cli = openCommandLine()
    makeTree(cli.at('src'))
    execFileSync('sleep', ['0.1'])
    await cli.run(['vault', 'create', 'vault', '--plain'])
    await cli.run(['backup', 'src', '--to', 'vault'])
    const second = await cli.json<Summary>(['backup', 'src', '--to', 'vault'])
    expect(second.document).toMatchObject({ filesNew: 0, filesUnchanged: 3, bytesRead: 0 })
  })

  it('names sources by their labels and leaves out what the rules say', async () => {
    await using cli = openCommandLine()
    for (const dir of ['a/photos', 'b/photos']) {
      mkdirSync(cli.at(dir), { recursive: true })
      writeFileSync(cli.at(`${dir}/x.jpg`), dir)
      writeFileSync(cli.at(`${dir}/x.tmp`), dir)
    }
    writeFileSync(cli.at('rules'), '# a comment\n*.bak\n')
    writeFileSync(cli.at('a/photos/y.bak'), '')
    writeFileSync(cli.at('note.txt'), 'a single file')
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const sources = ['a/photos/', 'b/photos', 'note.txt', 'a/photos']
    await cli.run(['backup', ...sources, '--to', 'vault', '--exclude', '*.tmp', '--exclude-from', 'rules'])
    await cli.run(['backup', '.', '--to', cli.at('vault')], { cwd: cli.at('b/photos') })
    const listed = await cli.json<{ id: string; labels: string[] }[]>(['snapshots', '--from', 'vault'])
    expect(listed.document.map(({ labels }) => labels)).toEqual([
      ['photos'],
      ['photos', 'photos-2', 'note.txt'],
    ])
    const first = listed.document[1]?.id ?? ''
    const entries = await cli.json<{ path: string; kind: string }[]>([
      'ls',
      '--from',
      'vault',
      '--snapshot',
      first,
      '--recursive',
    ])
    const files = entries.document.filter(({ kind }) => kind === 'file').map(({ path }) => path)
    expect(files.sort()).toEqual(['note.txt', 'photos-2/x.jpg', 'photos/x.jpg'])
  })

  it('restores one path, and from the snapshot of a time', async () => {
    await using cli = openCommandLine()
    makeTree(cli.at('src'))
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const first = await cli.json<Summary>(['backup', 'src', '--to', 'vault', '--tag', 'before'])
    const between = new Date().toISOString()
    writeFileSync(cli.at('src/a'), 'changed')
    await cli.run(['backup', 'src', '--to', 'vault'])
    const part = await cli.json([
      'restore',
      '--from',
      'vault',
      '--at',
      between,
      '--path',
      'src/a',
      '--to',
      'out',
    ])
    expect(part).toMatchObject({ code: 0, document: { files: 1 } })
    expect(readFileSync(cli.at('out/src/a'), 'utf8')).toBe('hello world')
    expect(readdirSync(cli.at('out/src'))).toEqual(['a'])
    const old = ['restore', '--from', 'vault', '--snapshot', first.document.snapshot, '--to', 'out']
    expect(await cli.run([...old, '--conflict', 'skip'])).toMatchObject({ code: 0 })
    const none = await cli.json<{ error: { code: string } }>([
      'restore',
      '--from',
      'vault',
      '--at',
      '1999-01-01',
      '--to',
      'out',
    ])
    expect(none).toMatchObject({ code: 1, document: { error: { code: 'SNAPSHOT_UNKNOWN' } } })
    const nothing = await cli.json(['ls', 'src/nowhere', '--from', 'vault'])
    expect(nothing).toMatchObject({ code: 1, document: { error: { code: 'NOTHING_SELECTED' } } })
  })

  it('brings an odd tree back as it was', async () => {
    await using cli = openCommandLine()
    makeOddTree(cli.at('odd'))
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const backup = await cli.json<{ skipped: unknown[] }>(['backup', 'odd', '--to', 'vault'])
    if (isRoot) expect(backup).toMatchObject({ code: 0, document: { skipped: [] } })
    const back = await cli.json(['restore', '--from', 'vault', '--snapshot', 'latest', '--to', 'out'])
    expect(back).toMatchObject({ code: 0, document: { verified: true, skipped: [] } })
    rmSync(cli.at('odd/socket'))
    execFileSync('touch', ['-d', '@1600000000', cli.at('odd')])
    execFileSync('touch', ['-d', '@1600000000', cli.at('out/odd')])
    if (!isRoot) return
    expect(describeTree(cli.at('out/odd'), { owners: true })).toBe(
      describeTree(cli.at('odd'), { owners: true }),
    )
    const blocks = Number(execFileSync('stat', ['-c', '%b', cli.at('out/odd/sparse')], { encoding: 'utf8' }))
    expect(blocks * 512).toBeLessThan(1_000_000)
  })

  it('takes names that are no text as arguments', async () => {
    await using cli = openCommandLine()
    const name = Buffer.concat([Buffer.from(`${cli.dir}/`), Buffer.from([0x62, 0xff, 0xe9])])
    mkdirSync(name)
    writeFileSync(Buffer.concat([name, Buffer.from('/x')]), 'x')
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const launcher = new URL('../bin/holdfast.mjs', import.meta.url).pathname
    const shell = `exec "$1" "$2" backup b* --to vault --json`
    const out = execFileSync('sh', ['-c', shell, 'sh', process.execPath, launcher], {
      cwd: cli.dir,
      env: { PATH: process.env.PATH, HOLDFAST_HOME: cli.at('home') },
      encoding: 'utf8',
    })
    expect(JSON.parse(out)).toMatchObject({ outcome: 'complete', files: 1 })
    const entries = await cli.json<{ path: string }[]>(['ls', 'b\\xff\\xe9', '--from', 'vault'])
    expect(entries.document.map(({ path }) => path)).toEqual(['b\\xff\\xe9', 'b\\xff\\xe9/x'])
  })

  it('leaves its own vault and home out of what it backs up', async () => {
    await using cli = openCommandLine()
    makeTree(cli.at('src'))
    await cli.run(['vault', 'create', 'src/vault', '--plain'], { env: { HOLDFAST_HOME: cli.at('src/home') } })
    const at = { env: { HOLDFAST_HOME: cli.at('src/home') } }
    const summary = await cli.json(['backup', 'src', '--to', 'src/vault'], at)
    expect(summary).toMatchObject({ code: 0, document: { files: 3 } })
  })

  it('stores nothing in a dry run, and restores nothing', async () => {
    await using cli = openCommandLine()
    makeTree(cli.at('src'))
    await cli.run(['vault', 'create', 'vault', '--plain'])
    expect(await cli.json(['backup', 'src', '--to', 'vault', '--dry-run'])).toMatchObject({
      code: 0,
      document: { filesNew: 3 },
    })
    expect((await cli.json(['snapshots', '--from', 'vault'])).document).toEqual([])
    await cli.run(['backup', 'src', '--to', 'vault'])
    const dry = await cli.json([
      'restore',
      '--from',
      'vault',
      '--snapshot',
      'latest',
      '--to',
      'out',
      '--dry-run',
    ])
    expect(dry).toMatchObject({ code: 0, document: { files: 3, dryRun: true } })
    expect(existsSync(cli.at('out'))).toBe(false)
  })

  it('says what an ordinary user could not read, and exits 3', async () => {
    await using cli = openCommandLine()
    makeTree(cli.at('src'))
    writeFileSync(cli.at('src/secret'), 'x', { mode: 0o600 })
    if (!isRoot) chmodSync(cli.at('src/secret'), 0)
    mkdirSync(cli.at('src/closed'), { mode: 0o700 })
    if (!isRoot) chmodSync(cli.at('src/closed'), 0)
    const user = { user: true }
    await cli.run(['vault', 'create', cli.at('shared/vault'), '--plain'], user)
    const backup = await cli.json(['backup', 'src', '--to', cli.at('shared/vault')], user)
    expect(backup).toMatchObject({
      code: 3,
      document: { outcome: 'incomplete', filesSkipped: 2, filesNew: 3 },
    })
    expect(backup.document).toMatchObject({
      skipped: [
        { path: 'src/closed', reason: 'permission denied' },
        { path: 'src/secret', reason: 'permission denied' },
      ],
    })
    const out = cli.at('shared/out')
    const back = await cli.json(
      ['restore', '--from', cli.at('shared/vault'), '--snapshot', 'latest', '--to', out],
      user,
    )
    expect(back).toMatchObject({ code: 0, document: { files: 3 } })
    expect(readFileSync(`${out}/src/sub/b`, 'utf8')).toBe('')
  })

  it.runIf(isRoot)('gives owners back only from a vault that this home knows, unless told', async () => {
    await using cli = openCommandLine()
    makeTree(cli.at('src'))
    execFileSync('chown', ['1234:4321', cli.at('src/a')])
    await cli.run(['vault', 'create', 'vault', '--plain'])
    await cli.run(['backup', 'src', '--to', 'vault'])
    const restore = (to: string, ...more: string[]) => [
      'restore',
      '--from',
      'vault',
      '--snapshot',
      'latest',
      '--to',
      to,
      ...more,
    ]
    const stranger = { env: { HOLDFAST_HOME: cli.at('other-home') } }
    await cli.run(restore('known'))
    await cli.run(restore('no-owner', '--no-owner'))
    const asked = await cli.run(restore('unknown'), stranger)
    await cli.run(restore('told', '--owner'), stranger)
    expect(asked.stderr).toContain('Owners are not restored')
    const owner = (dir: string) =>
      execFileSync('stat', ['-c', '%u:%g', cli.at(`${dir}/src/a`)], { encoding: 'utf8' }).trim()
    expect(['known', 'no-owner', 'unknown', 'told'].map(owner)).toEqual([
      '1234:4321',
      '0:0',
      '0:0',
      '1234:4321',
    ])
  })
})

function makeTree(dir: string): void {
  mkdirSync(`${dir}/sub`, { recursive: true })
  writeFileSync(`${dir}/a`, 'hello world')
  writeFileSync(`${dir}/sub/b`, '')
  writeFileSync(`${dir}/sub/c`, Buffer.alloc(100_000, 'content '))
  execFileSync('touch', ['-d', '@1600000000.123456', `${dir}/a`, `${dir}/sub`])
}

function makeOddTree(dir: string): void {
  mkdirSync(dir)
  const script = `
    mkdir empty closed sticky deep
    printf x > closed/inside; printf x > unreadable; chmod 000 unreadable
    printf x > setuid; chmod 6755 setuid; chmod 1777 sticky
    printf one > one; ln one two; ln one sticky/three
    mkfifo fifo; ln -s nowhere dangling; ln -s loop loop; ln -s "$(printf '/\\377\\n')" odd-link
    truncate -s 20M sparse; printf end >> sparse; printf mid | dd of=sparse bs=1 seek=9999999 conv=notrunc status=none
    printf x > "$(printf 'n\\377\\012\\351')"; printf x > "$(printf '%0255d' 7)"
    printf x > old; touch -d @-86400.123456 old; printf x > older; touch -d @-2000000000.000001 older
    printf x > future; touch -d @4200000000.654321 future
    touch -h -d @1500000000.5 dangling; touch -d @1400000000.25 fifo empty
    d=deep; i=0; while [ $i -lt 30 ]; do d="$d/$(printf '%0200d' $i)"; i=$((i+1)); done
    (cd deep; i=0; while [ $i -lt 30 ]; do n=$(printf '%0200d' $i); mkdir $n; cd -P $n; i=$((i+1)); done; printf x > bottom)
    chmod 000 closed
    `
  execFileSync('sh', ['-c', script], { cwd: dir })
  if (isRoot) execFileSync('chown', ['-h', '1234:4321', `${dir}/dangling`, `${dir}/old`, `${dir}/empty`])
  const listen = `require('node:net').createServer().listen(${JSON.stringify(`${dir}/socket`)}, () => process.kill(process.pid, 'SIGKILL'))`
  try {
    execFileSync(process.execPath, ['-e', listen])
  } catch {
    // Killed on purpose: the socket stays.
  }
}
