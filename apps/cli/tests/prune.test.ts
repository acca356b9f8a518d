import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, openCommandLine } from './command-line.ts'

type Summary = {
  dryRun: boolean
  kept: { snapshot: string; reasons: string[] }[]
  forgotten: string[]
  marked: { snapshots: number; packs: number; bytes: number }
  deleted: { snapshots: number; packs: number; bytes: number }
  bytesFreed: number
  bytesWaiting: number
  deleteAfter: string | null
}
type Listed = { id: string; state: string; deleteAfter: string | null }[]

describe('holdfast prune', () => {
  it('marks what the rules do not keep, brings it back for looser rules, and deletes it without a grace', async () => {
    await using cli = openCommandLine()
    const { ids, contents } = await threeSnapshots(cli)
    const [first = '', second = '', third = ''] = ids
    const from = ['--from', 'vault']

    const dry = await cli.json<Summary>(['prune', ...from, '--keep-last', '1', '--dry-run'])
    expect(dry).toMatchObject({ code: 0, stderr: '', document: { dryRun: true, forgotten: [first, second] } })
    expect(dry.document.kept).toEqual([{ snapshot: third, reasons: ['newest', 'last 1'] }])
    const human = await cli.run(['prune', ...from, '--keep-last', '1', '--keep-within', '0', '--dry-run'])
    const lines = human.stdout.split('\n')
    expect(lines[0]).toBe('A dry run: nothing was changed.')
    expect(lines.find((line) => line.startsWith(third))).toMatch(/stays\s+newest, last 1$/)
    expect(lines.find((line) => line.startsWith(first))).toMatch(/goes\s+no rule keeps it$/)
    expect(human.stdout).toContain('1 stay, 2 go.')
    expect(human.stdout).toMatch(/would be freed now, .+ by a prune after/)

    const marked = await cli.json<Summary>(['prune', ...from, '--keep-last', '1'])
    expect(marked).toMatchObject({
      code: 0,
      document: { marked: { snapshots: 2 }, deleted: { snapshots: 0, packs: 0 }, bytesFreed: 0 },
    })
    expect(marked.document.bytesWaiting).toBeGreaterThan(200_000)
    const graceMs = Date.parse(marked.document.deleteAfter ?? '') - Date.now()
    expect(graceMs).toBeGreaterThan(47 * 3_600_000)
    expect(graceMs).toBeLessThanOrEqual(48 * 3_600_000)

    const plain = await cli.run(['snapshots', ...from])
    expect(plain.stdout).toContain(third)
    expect(plain.stdout).not.toContain(first)
    expect(plain.stderr).toContain('2 unfinished or to be deleted are not shown')
    const all = await cli.run(['snapshots', ...from, '--all'])
    expect(all.stdout.split('\n').filter((line) => line.includes('to be deleted after 20'))).toHaveLength(2)
    const states = await cli.json<Listed>(['snapshots', ...from, '--all'])
    expect(states.document.map(({ state }) => state)).toEqual(['kept', 'doomed', 'doomed'])

    // Looser rules bring the second back; it can be restored.
    const looser = await cli.json<Summary>(['prune', ...from, '--keep-last', '2'])
    expect(looser.document.kept.map(({ snapshot }) => snapshot).sort()).toEqual([second, third].sort())
    await cli.run(['restore', ...from, '--snapshot', second, '--to', 'out'])
    expect(readFileSync(cli.at('out/src/new'), 'latin1')).toBe(contents[1]?.toString('latin1'))

    // What is deleted is really gone, and the rest is whole.
    const gone = await cli.json<Summary>(['prune', ...from, '--keep-last', '1', '--grace', '0'])
    expect(gone.code).toBe(0)
    expect(gone.document.bytesFreed).toBeGreaterThan(100_000)
    const left = (await cli.json<Listed>(['snapshots', ...from, '--all'])).document.map(({ id }) => id)
    expect(left).toContain(third)
    expect(left).not.toContain(second)
    expect(await cli.json(['check', ...from, '--read', 'all'])).toMatchObject({
      code: 0,
      document: { ok: true, damaged: [] },
    })
    await cli.run(['restore', ...from, '--snapshot', 'latest', '--to', 'last'])
    expect(describeTree(cli.at('last/src'))).toBe(describeTree(cli.at('src')))
  })

  it('refuses what would forget by mistake', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const prune = ['prune', '--from', 'vault']
    const none = await cli.run(prune)
    expect(none).toMatchObject({ code: 2, stdout: '' })
    expect(none.stderr).toContain('Nothing says what to keep')
    expect(await cli.run([...prune, '--keep-last', '0'])).toMatchObject({ code: 2 })
    expect(await cli.run([...prune, '--keep-last', '-1'])).toMatchObject({ code: 2 })
    expect(await cli.run([...prune, '--keep-within', 'soon'])).toMatchObject({ code: 2 })
    expect(await cli.run([...prune, '--keep-last', '1', '--grace', '2 days'])).toMatchObject({ code: 2 })
    expect(await cli.run([...prune, '--keep-last', '1', '--machine', 'nobody'])).toMatchObject({ code: 1 })
    expect(await cli.json([...prune, '--keep-last', '1'])).toMatchObject({
      code: 0,
      document: { kept: [], forgotten: [] },
    })
  })
})

/** Three runs, each with 100 kB that only it has, oldest first. */
async function threeSnapshots(cli: CommandLine): Promise<{ ids: string[]; contents: Buffer[] }> {
  mkdirSync(cli.at('src'))
  writeFileSync(cli.at('src/same'), 'always')
  await cli.run(['vault', 'create', 'vault', '--plain'])
  const ids: string[] = []
  const contents = [1, 2, 3].map(() => randomBytes(100_000))
  for (const content of contents) {
    writeFileSync(cli.at('src/new'), content)
    ids.push((await cli.json<{ snapshot: string }>(['backup', 'src', '--to', 'vault'])).document.snapshot)
  }
  return { ids, contents }
}
