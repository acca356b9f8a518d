import { execFileSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { obscure } from '@holdfast/rclone'
import { openKit } from '@holdfast/vault'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, isRoot, openCommandLine, PASSPHRASE } from './command-line.ts'
import { writeRemotes } from './remote-config.ts'

const NEW = 'battery staple'
const BOTH = { HOLDFAST_PASSPHRASE: PASSPHRASE, HOLDFAST_NEW_PASSPHRASE: NEW }
const OLD_ONLY = { HOLDFAST_PASSPHRASE: PASSPHRASE }
const NEW_ONLY = { HOLDFAST_PASSPHRASE: NEW }

type Changed = { vault: string; added: string; removed: string[]; kept: { key: string; reason: string }[] }
type Key = { key: string; readable: boolean; kdf: object | null; created: string | null; reason?: string }
type KitAnswer = { vault: string; made: string; bytes: number; remotes: string[]; notes: string[] }

// Each starts the program many times, and stretches passphrases.
describe('holdfast vault passphrase', { timeout: 180_000 }, () => {
  it('changes the passphrase; the new one opens the vault for Holdfast and for the script in its README', async () => {
    await using cli = openCommandLine()
    await vaultWithFile(cli)
    writeFileSync(cli.at('new-passphrase'), `${NEW}\n`)
    const files = ['--passphrase-file', 'passphrase', '--new-passphrase-file', 'new-passphrase']
    const [before] = readdirSync(cli.at('vault/keys'))
    const changed = await cli.json<Changed>(['vault', 'passphrase', 'vault', ...files])
    expect(changed).toMatchObject({
      code: 0,
      document: { place: cli.at('vault'), removed: [`keys/${before}`], kept: [] },
    })
    expect(readdirSync(cli.at('vault/keys')).map((name) => `keys/${name}`)).toEqual([changed.document.added])

    expect((await cli.run(['snapshots', '--from', 'vault'], { env: OLD_ONLY })).code).toBe(4)
    expect((await cli.run(['snapshots', '--from', 'vault'], { env: NEW_ONLY })).code).toBe(0)
    // What cut-off changes may leave: keys cut short, and a key that another passphrase opens, all before the right one.
    writeFileSync(cli.at('vault/keys/00000000.json'), '{"format":"holdfast-key","ver')
    writeFileSync(cli.at('vault/keys/00000001.json'), '')
    const second = { HOLDFAST_PASSPHRASE: NEW, HOLDFAST_NEW_PASSPHRASE: 'third' }
    const copy = readFileSync(cli.at(`vault/${changed.document.added}`))
    expect((await cli.run(['vault', 'passphrase', 'vault'], { env: second })).code).toBe(0)
    writeFileSync(cli.at('vault/keys/00000002.json'), copy)
    restoreByScript(cli, 'third', 'out')
    expect(describeTree(cli.at('out/src'))).toBe(describeTree(cli.at('src')))
  })

  it('refuses a plain vault and a missing passphrase', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'plain', '--plain'])
    await cli.run(['vault', 'create', 'vault'], { env: OLD_ONLY })
    const change = async (dest: string, env: Record<string, string>) => {
      const args = ['vault', 'passphrase', dest]
      const answer = await cli.json<{ error: { code: string; next: string } }>(args, { env })
      return { exit: answer.code, ...answer.document.error }
    }
    expect(await change('plain', BOTH)).toMatchObject({ exit: 2, code: 'USAGE' })
    expect(await change('vault', {})).toMatchObject({ exit: 4, code: 'PASSPHRASE_MISSING' })
    expect(await change('vault', OLD_ONLY)).toMatchObject({
      ...{ exit: 4, code: 'PASSPHRASE_MISSING' },
      next: expect.stringContaining('HOLDFAST_NEW_PASSPHRASE'),
    })
    expect(readdirSync(cli.at('vault/keys'))).toHaveLength(1)
  })

  it.runIf(isRoot)('exits 1 and says so when the old passphrase can not be taken away', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'shared/vault'], { env: OLD_ONLY })
    // Who is not the owner may add files to a sticky folder, and delete none of another.
    execFileSync('sh', ['-c', 'chmod -R a+rX shared/vault; chmod 1777 shared/vault/keys'], { cwd: cli.dir })
    const run = ['vault', 'passphrase', cli.at('shared/vault')]
    const changed = await cli.json<Changed>(run, { env: BOTH, user: true })
    expect(changed).toMatchObject({ code: 1, document: { removed: [], kept: [{}] } })
    expect(readdirSync(cli.at('shared/vault/keys'))).toHaveLength(2)
    for (const env of [OLD_ONLY, NEW_ONLY])
      expect((await cli.run(['snapshots', '--from', 'shared/vault'], { env })).code).toBe(0)
  })
})

describe('holdfast vault keys', { timeout: 180_000 }, () => {
  it('lists the keys without asking for a passphrase', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'vault'], { env: OLD_ONLY })
    writeFileSync(cli.at('vault/keys/zz.json'), 'cut')
    const listed = await cli.json<Key[]>(['vault', 'keys', 'vault'])
    expect(listed).toMatchObject({
      code: 0,
      document: [
        { readable: true, kdf: { name: 'scrypt', n: 2 ** 17, r: 8, p: 1 }, created: expect.any(String) },
        { key: 'keys/zz.json', readable: false, kdf: null, created: null, reason: expect.any(String) },
      ],
    })
    expect((await cli.run(['vault', 'keys', 'vault'])).stdout).toMatch(/keys\/[0-9a-f]{8}\.json .* N 131072/)
    await cli.run(['vault', 'create', 'plain', '--plain'])
    expect(await cli.json(['vault', 'keys', 'plain'])).toMatchObject({ code: 0, document: [] })
    expect(await cli.json(['vault', 'keys', 'nowhere'])).toMatchObject({
      code: 1,
      document: { error: { code: 'NOT_A_VAULT' } },
    })
  })
})

describe('holdfast vault kit', { timeout: 180_000 }, () => {
  it('remembers what was in the vault, so that a check with it notices an older state', async () => {
    await using cli = openCommandLine()
    await vaultWithFile(cli)
    const open = { env: OLD_ONLY }
    execFileSync('cp', ['-a', 'vault', 'older'], { cwd: cli.dir })
    writeFileSync(cli.at('src/later'), 'later')
    expect((await cli.run(['backup', 'src', '--to', 'vault'], open)).code).toBe(0)
    expect((await cli.run(['vault', 'kit', '--from', 'vault', '--out', 'kit'], open)).code).toBe(0)
    expect((await cli.run(['check', '--from', 'vault', '--kit', 'kit'], open)).code).toBe(0)
    execFileSync('sh', ['-c', 'rm -r home vault; mv older vault'], { cwd: cli.dir })
    expect((await cli.run(['check', '--from', 'vault'], open)).code).toBe(0)
    const late = ['check', '--from', 'vault', '--kit', 'kit']
    const noticed = await cli.json<{ damaged: { kind: string }[] }>(late, open)
    expect(noticed).toMatchObject({ code: 1, document: { ok: false, damaged: [{ kind: 'snapshot' }] } })
    expect((await cli.run(['check', '--from', 'vault', '--kit', 'nowhere'], open)).code).toBe(2)
  })

  it('writes a private file that the passphrase opens, and never over another without being told', async () => {
    await using cli = openCommandLine()
    await vaultWithFile(cli)
    const kit = ['vault', 'kit', '--from', 'vault', '--out']
    const made = await cli.json<KitAnswer>([...kit, 'kit.json'], { env: OLD_ONLY })
    expect(made).toMatchObject({
      code: 0,
      document: { place: cli.at('vault'), out: 'kit.json', keys: 1, remotes: [], secretsLeftOut: false },
    })
    expect(statSync(cli.at('kit.json')).mode & 0o777).toBe(0o600)
    const bytes = readFileSync(cli.at('kit.json'))
    expect(bytes.length).toBe(made.document.bytes)
    const opened = await openKit(bytes, { kind: 'passphrase', passphrase: PASSPHRASE })
    expect(opened).toMatchObject({
      ...{ vault: made.document.vault, place: { kind: 'folder', path: cli.at('vault') }, remotes: {} },
      ...{ writers: [{ seq: 1 }], settings: null },
    })
    await expect(openKit(bytes, { kind: 'passphrase', passphrase: 'no' })).rejects.toMatchObject({
      code: 'LOCKED',
    })

    const refused = { code: 1, document: { error: { code: 'TARGET_NOT_WRITABLE' } } }
    expect(await cli.json([...kit, 'kit.json'], { env: OLD_ONLY })).toMatchObject(refused)
    expect(readFileSync(cli.at('kit.json')).equals(bytes)).toBe(true)
    symlinkSync('kit.json', cli.at('link'))
    for (const out of ['src', 'link', 'no/such/folder'])
      expect(await cli.json([...kit, out, '--force'], { env: OLD_ONLY }), out).toMatchObject(refused)
    expect(await cli.json([...kit, 'vault/kit.json'], { env: OLD_ONLY })).toMatchObject({ code: 2 })
    expect(existsSync(cli.at('vault/kit.json'))).toBe(false)
    expect((await cli.run([...kit, 'kit.json', '--force'], { env: OLD_ONLY })).code).toBe(0)
    expect(readFileSync(cli.at('kit.json')).equals(bytes)).toBe(false)
    expect(readdirSync(cli.dir).filter((name) => name.includes('part'))).toEqual([])
  })

  it("holds the remote's options, and says what it can't hold", async () => {
    await using cli = openCommandLine()
    mkdirSync(cli.at('disk'))
    const password = obscure('canary-secret', new Uint8Array(16))
    writeRemotes(cli.at('remotes.conf'), {
      disk: { type: 'alias', remote: cli.at('disk'), token: '{"access_token":"canary-token"}' },
      secret: { type: 'crypt', remote: 'disk:x', password, key_file: '/home/me/key' },
      other: { type: 'alias', remote: '/canary-other' },
    })
    const config = ['--rclone-config', 'remotes.conf']
    await cli.run(['vault', 'create', 'secret:vault', ...config], { env: OLD_ONLY })
    const answer = await cli.json<KitAnswer>(
      ['vault', 'kit', '--from', 'secret:vault', '--out', 'kit.json', ...config],
      { env: OLD_ONLY },
    )
    expect(answer).toMatchObject({ code: 0, document: { remotes: ['secret', 'disk'] } })
    expect(answer.document.notes).toEqual([
      expect.stringContaining('/home/me/key'),
      expect.stringMatching(/sign-in of "disk"/),
    ])
    expect(answer.stdout + answer.stderr + readFileSync(cli.at('kit.json'), 'utf8')).not.toMatch(
      /canary|secret-/,
    )
    const opened = await openKit(readFileSync(cli.at('kit.json')), {
      kind: 'passphrase',
      passphrase: PASSPHRASE,
    })
    expect(opened.place).toEqual({ kind: 'remote', remote: 'secret', path: 'vault' })
    expect(opened.remotes).toMatchObject({
      secret: { type: 'crypt', password },
      disk: { token: '{"access_token":"canary-token"}' },
    })

    await cli.run(['vault', 'create', 'disk:plain', '--plain', ...config])
    const open = await cli.json<KitAnswer>([
      ...['vault', 'kit', '--from', 'disk:plain', '--out', 'plain.json', ...config],
    ])
    expect(open).toMatchObject({ code: 0, document: { remotes: ['disk'], secretsLeftOut: true, notes: [] } })
    const plain = await openKit(readFileSync(cli.at('plain.json')), { kind: 'none' })
    expect(plain.remotes).toEqual({ disk: { type: 'alias' } })
  })
})

async function vaultWithFile(cli: CommandLine): Promise<void> {
  mkdirSync(cli.at('src'))
  writeFileSync(cli.at('src/file'), 'content')
  await cli.run(['vault', 'create', 'vault'], { env: OLD_ONLY })
  expect((await cli.run(['backup', 'src', '--to', 'vault'], { env: OLD_ONLY })).code).toBe(0)
}

/** The script as a person would get it: cut out of the vault's own README. */
function restoreByScript(cli: CommandLine, passphrase: string, target: string): void {
  const readme = readFileSync(cli.at('vault/README.txt'), 'utf8')
  const [, script = ''] = readme.split(/---8<---.*---8<---\n|\n---8<---\n/)
  writeFileSync(cli.at('restore.py'), `${script.trimEnd()}\n`)
  const env = { PATH: process.env.PATH ?? '', HOME: cli.dir, HOLDFAST_PASSPHRASE: passphrase }
  execFileSync('python3', ['restore.py', 'vault', 'latest', target], { cwd: cli.dir, env, stdio: 'pipe' })
}
