import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, isRoot, openCommandLine } from './command-line.ts'
import { openSmallDisk } from './small-disk.ts'

type Failed = { error: { code: string; message: string; next: string } }

const COMPLETE = { code: 0, document: { outcome: 'complete' } }
const NOTHING = 0
const LITTLE = 300_000

describe('a full disk', { timeout: 120_000 }, () => {
  it("of the vault is called the remote's; what is there restores, and with room it goes on", async () => {
    await using cli = openCommandLine()
    using disk = openSmallDisk(cli.at('disk'), 8)
    await cli.run(['vault', 'create', 'disk/vault', '--plain'])
    await firstSnapshot(cli, 'disk/vault')
    for (const bytes of [LITTLE, NOTHING]) {
      disk.fill(bytes)
      const failed = await cli.json<Failed>(['backup', 'src', '--to', 'disk/vault'])
      const code = isRoot ? 'REMOTE_FULL' : 'REMOTE_DENIED'
      expect(failed).toMatchObject({ code: 1, document: { error: { code } } })
      expect(failed.document.error.message).toContain(disk.path)
    }
    await expectRestore(cli, 'disk/vault', 'before')
    disk.free()
    expect(await cli.json(['backup', 'src', '--to', 'disk/vault'])).toMatchObject(COMPLETE)
    await expectRestore(cli, 'disk/vault', 'src')
  })

  it('of the vault without a byte left is pruned all the same', async (context) => {
    if (!isRoot) return context.skip('a disk of its own needs root')
    await using cli = openCommandLine()
    using disk = openSmallDisk(cli.at('disk'), 8)
    await cli.run(['vault', 'create', 'disk/vault', '--plain'])
    await firstSnapshot(cli, 'disk/vault')
    expect(await cli.json(['backup', 'src', '--to', 'disk/vault'])).toMatchObject(COMPLETE)
    rmSync(cli.at('src/big'))
    expect(await cli.json(['backup', 'src', '--to', 'disk/vault'])).toMatchObject(COMPLETE)
    disk.fill(NOTHING)
    const prune = ['prune', '--from', 'disk/vault', '--keep-last', '1', '--grace', '0', '--allow-large']
    const { code, document } = await cli.json<{ bytesFreed: number }>(prune)
    expect(code).toBe(0)
    expect(document.bytesFreed).toBeGreaterThan(2_000_000)
    expect(await cli.json(['check', '--from', 'disk/vault', '--read', 'all'])).toMatchObject({ code: 0 })
    await expectRestore(cli, 'disk/vault', 'before')
  })

  it("of Holdfast's home is called that, not the remote's, and with room it goes on", async () => {
    await using cli = openCommandLine()
    using disk = openSmallDisk(cli.at('disk'), 8)
    const env = { HOLDFAST_HOME: cli.at('disk/home') }
    await cli.run(['vault', 'create', 'vault', '--plain'], { env })
    await firstSnapshot(cli, 'vault', env)
    for (const bytes of [LITTLE, NOTHING]) {
      disk.fill(bytes)
      const failed = await cli.json<Failed>(['backup', 'src', '--to', 'vault'], { env })
      const code = isRoot ? 'TARGET_FULL' : 'TARGET_NOT_WRITABLE'
      expect(failed).toMatchObject({ code: 1, document: { error: { code } } })
      expect(failed.document.error.message).toContain(cli.at('disk/home'))
    }
    disk.free()
    expect(await cli.json(['backup', 'src', '--to', 'vault'], { env })).toMatchObject(COMPLETE)
    await expectRestore(cli, 'vault', 'src')
  })

  it('of the target of a restore is called that; no half file stays, and with room it goes on', async () => {
    await using cli = openCommandLine()
    using disk = openSmallDisk(cli.at('disk'), 8)
    await cli.run(['vault', 'create', 'vault', '--plain'])
    await firstSnapshot(cli, 'vault')
    await cli.run(['backup', 'src', '--to', 'vault'])
    disk.fill(LITTLE)
    const restore = [
      'restore',
      '--from',
      'vault',
      '--snapshot',
      'latest',
      '--to',
      'disk/out',
      '--conflict',
      'overwrite',
    ]
    const failed = await cli.json<Failed>(restore)
    if (isRoot) {
      expect(failed).toMatchObject({ code: 1, document: { error: { code: 'TARGET_FULL' } } })
      expect(failed.document.error.message).toContain('big')
      const left = readdirSync(cli.at('disk/out'), { recursive: true, encoding: 'utf8' })
      expect(left.filter((name) => !['src', 'src/small'].includes(name))).toEqual([])
    } else expect(failed).toMatchObject({ code: 3, document: { skipped: [{ path: 'src' }] } })
    disk.free()
    expect(await cli.json(restore)).toMatchObject({ code: 0 })
    expect(describeTree(cli.at('disk/out/src'))).toBe(describeTree(cli.at('src')))
  })
})

/** Backs up a small tree, copies it to `before`, and adds to it what does not fit. */
async function firstSnapshot(
  cli: CommandLine,
  vault: string,
  env: Record<string, string> = {},
): Promise<void> {
  mkdirSync(cli.at('src'))
  writeFileSync(cli.at('src/small'), randomBytes(100_000))
  expect(await cli.json(['backup', 'src', '--to', vault], { env })).toMatchObject(COMPLETE)
  // Not Node's own copy, whose times are off by a microsecond now and then.
  execFileSync('cp', ['-a', cli.at('src'), cli.at('before')])
  writeFileSync(cli.at('src/big'), randomBytes(2_000_000))
}

async function expectRestore(cli: CommandLine, vault: string, as: string): Promise<void> {
  const to = `out-of-${as}`
  expect(await cli.json(['restore', '--from', vault, '--snapshot', 'latest', '--to', to])).toMatchObject({
    code: 0,
  })
  const sums = (dir: string) =>
    execFileSync('sh', ['-c', 'sha256sum *'], { cwd: cli.at(dir), encoding: 'utf8' })
  expect(sums(`${to}/src`)).toBe(sums(as))
}
