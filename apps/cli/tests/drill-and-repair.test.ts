import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, openCommandLine } from './command-line.ts'

type Drill = {
  snapshot: string
  files: number
  compared: number
  mismatches: { path: string; reason: string }[]
  bytesPerSecond: number
  everythingMs: number
  lastProof: { files: number; mismatches: number } | null
}
type Repair = {
  ok: boolean
  rebuilt: { indexes: number; packs: number }
  salvaged: { pieces: number; bytes: number }
  restored: { pieces: number; bytes: number }
  quarantined: string[]
  lost: { snapshot: string; path: string }[]
}
type Check = { ok: boolean; damaged: { object: string; kind: string; affects: { path: string }[] }[] }

const FROM = ['--from', 'vault'] as const

/** A plain vault of two runs: its objects lie open on disk, and the first run's rows in an index object. */
async function plainVault(cli: CommandLine): Promise<void> {
  mkdirSync(cli.at('docs'))
  for (let i = 0; i < 1000; i += 1) writeFileSync(join(cli.at('docs'), `${i}.txt`), `file ${i}\n`)
  writeFileSync(join(cli.at('docs'), 'noise.bin'), randomBytes(300_000))
  mkdirSync(join(cli.at('docs'), 'shut'))
  chmodSync(join(cli.at('docs'), 'shut'), 0o500)
  expect((await cli.run(['vault', 'create', 'vault', '--plain'])).code).toBe(0)
  expect((await cli.run(['backup', 'docs', '--to', 'vault'])).code).toBe(0)
  writeFileSync(join(cli.at('docs'), 'second.bin'), randomBytes(300_000))
  expect((await cli.run(['backup', 'docs', '--to', 'vault'])).code).toBe(0)
}

function objects(cli: CommandLine, folder: string): string[] {
  const at = join(cli.at('vault'), 'v1', folder)
  if (!existsSync(at)) return []
  const names = readdirSync(at, { recursive: true, encoding: 'utf8' }).map((name) => join(at, name))
  return names.filter((name) => statSync(name).isFile()).sort((a, b) => statSync(a).size - statSync(b).size)
}

function flip(file: string, at: number): void {
  const bytes = readFileSync(file)
  bytes[at] = (bytes[at] ?? 0) ^ 0x20
  chmodSync(file, 0o644)
  writeFileSync(file, bytes)
}

describe('holdfast repair', () => {
  it('makes a vault with a flipped and two missing objects whole again, or names what is lost', async () => {
    await using cli = openCommandLine()
    await plainVault(cli)
    const [index] = objects(cli, 'index')
    const [second, first] = objects(cli, 'packs').slice(-2)
    if (index === undefined || first === undefined || second === undefined) throw new Error('no objects')
    rmSync(index)
    flip(first, 200_000)
    rmSync(second)
    expect((await cli.run(['check', ...FROM, '--read', 'all'])).code).toBe(1)

    const lost = await cli.json<Repair>(['repair', ...FROM, '--no-sources', '--dry-run'])
    expect(lost).toMatchObject({ code: 1, document: { ok: false, dryRun: true, restored: { pieces: 0 } } })
    expect([...new Set(lost.document.lost.map(({ path }) => path))].sort()).toEqual([
      'docs/noise.bin',
      'docs/second.bin',
    ])
    const mended = await cli.json<Repair>(['repair', ...FROM])
    expect(mended).toMatchObject({ code: 0, document: { ok: true, lost: [] } })
    expect(mended.document.quarantined).toHaveLength(2)
    expect(mended.document.salvaged).toEqual(lost.document.salvaged)
    expect(mended.document.restored.pieces).toBe(2)

    const checked = await cli.json<Check>(['check', ...FROM, '--read', 'all'])
    expect(checked).toMatchObject({ code: 0, document: { ok: true, damaged: [] } })
    expect((await cli.run(['restore', ...FROM, '--snapshot', 'latest', '--to', 'out'])).code).toBe(0)
    expect(describeTree(join(cli.at('out'), 'docs'))).toBe(describeTree(cli.at('docs')))
    expect((await cli.run(['repair', ...FROM])).stdout).toContain('there is nothing to repair')
  }, 60_000)
})

describe('holdfast drill and check', () => {
  it('restores, compares, keeps the proof, leaves nothing behind, and notices an older state', async () => {
    await using cli = openCommandLine()
    await plainVault(cli)
    const scratch = join(cli.at('home'), 'scratch')
    const first = await cli.json<Drill>(['drill', ...FROM, '--sample', '30'])
    expect(first).toMatchObject({ code: 0, document: { files: 30, compared: 30, mismatches: [] } })
    expect(first.document.lastProof).toBeNull()
    expect(readdirSync(scratch)).toEqual([])

    const child = cli.start(['drill', ...FROM, '--sample', '900'])
    while (child.exitCode === null && readdirSync(scratch).length === 0) await wait(5)
    child.kill('SIGINT')
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode]
    expect([0, 130]).toContain(code)
    expect(readdirSync(scratch)).toEqual([])

    cpSync(cli.at('vault'), cli.at('older'), { recursive: true })
    expect((await cli.run(['backup', 'docs', '--to', 'vault'])).code).toBe(0)
    const other = { env: { HOLDFAST_HOME: cli.at('other-home') } }
    expect((await cli.run(['snapshots', ...FROM], other)).code).toBe(0)
    rmSync(cli.at('vault'), { recursive: true })
    cpSync(cli.at('older'), cli.at('vault'), { recursive: true })
    for (const options of [{}, other]) {
      const checked = await cli.json<Check>(['check', ...FROM], options)
      expect(checked.code).toBe(1)
      const named = checked.document.damaged.map(({ kind, object }) => [kind, object.split('/').at(-1)])
      expect(named).toEqual([['snapshot', '0000000003']])
    }

    for (const pack of objects(cli, 'packs')) flip(pack, 5000)
    const human = await cli.run(['drill', ...FROM, '--sample', '900'])
    expect(human).toMatchObject({ code: 1, stdout: expect.stringContaining('did not come back') })
    expect(human.stderr).toMatch(/The last drill was .+ files/)
    expect(readdirSync(scratch)).toEqual([])
  }, 60_000)
})
