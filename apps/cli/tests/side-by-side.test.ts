import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type CommandLine, describeTree, openCommandLine } from './command-line.ts'

type Summary = { outcome: string; snapshot: string }
type Listed = { id: string }[]

describe('several programs on one vault', { timeout: 180_000 }, () => {
  it('two machines that back up at once, three times, each have their history and all of it restores', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const machines = ['one', 'two'].map((name) => ({ name, env: { HOLDFAST_HOME: cli.at(`home-${name}`) } }))
    const taken = new Map<string, Tree>()
    for (let round = 1; round <= 3; round += 1)
      await Promise.all(
        machines.map(async ({ name, env }) => {
          // Some content is common to both.
          change(cli, name, [round === 2 ? SAME : randomBytes(300_000), randomBytes(50_000)], round)
          const run = await cli.json<Summary>(['backup', name, '--to', 'vault'], { env })
          expect(run).toMatchObject({ code: 0, document: { outcome: 'complete' } })
          taken.set(run.document.snapshot, treeOf(cli, name))
        }),
      )
    const { document } = await cli.json<Listed>(['snapshots', '--from', 'vault'])
    expect(new Set(document.map(({ id }) => id))).toEqual(new Set(taken.keys()))
    const own = Object.values(Object.groupBy(document, ({ id }) => id.slice(0, 8)))
    expect(own.map((ids) => ids?.map(({ id }) => id.slice(9)))).toEqual([
      ['3', '2', '1'],
      ['3', '2', '1'],
    ])
    await Promise.all([...taken].map(([snapshot, tree]) => expectRestore(cli, snapshot, tree)))
    expect(await cli.json(['check', '--from', 'vault', '--read', 'all'])).toMatchObject({ code: 0 })
  })

  it('two runs of one home at once both end well, and both snapshots restore', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const names = ['one', 'two']
    for (let round = 1; round <= 2; round += 1) {
      const taken = await Promise.all(
        names.map(async (name) => {
          change(cli, name, [randomBytes(400_000)], round)
          const run = await cli.json<Summary>(['backup', name, '--to', 'vault'])
          expect(run).toMatchObject({ code: 0, document: { outcome: 'complete' } })
          return [run.document.snapshot, treeOf(cli, name)] as const
        }),
      )
      expect(new Set(taken.map(([snapshot]) => snapshot)).size).toBe(2)
      await Promise.all(taken.map(([snapshot, tree]) => expectRestore(cli, snapshot, tree)))
    }
    expect((await cli.json<Listed>(['snapshots', '--from', 'vault'])).document).toHaveLength(4)
    expect(await cli.json(['check', '--from', 'vault', '--read', 'all'])).toMatchObject({ code: 0 })
  })

  it('a prune beside a run takes nothing from a snapshot that is listed', async () => {
    await using cli = openCommandLine()
    await cli.run(['vault', 'create', 'vault', '--plain'])
    const env = { HOLDFAST_HOME: cli.at('other-home') }
    const seen: Buffer[] = []
    const trees = new Map<string, Tree>()
    for (let round = 1; round <= 4; round += 1) {
      // Content that a prune is about to delete comes back in the run beside it.
      const again = round > 2 ? (seen[round - 3] ?? SAME) : SAME
      const fresh = randomBytes(300_000)
      seen.push(fresh)
      change(cli, 'src', [fresh, again], round)
      const prune = [
        'prune',
        '--from',
        'vault',
        '--keep-last',
        '1',
        ...(round % 2 === 0 ? ['--grace', '0'] : []),
      ]
      const [run, pruned] = await Promise.all([
        cli.json<Summary>(['backup', 'src', '--to', 'vault']),
        cli.json<{ error?: { code: string } }>(prune, { env }),
      ])
      expect(run).toMatchObject({ code: 0, document: { outcome: 'complete' } })
      // Without a grace a prune may see the run and refuse.
      if (pruned.code !== 0) expect(pruned.document.error?.code).toBe('VAULT_CHANGED')
      trees.set(run.document.snapshot, treeOf(cli, 'src'))
      const { document } = await cli.json<Listed>(['snapshots', '--from', 'vault'])
      expect(document[0]?.id).toBe(run.document.snapshot)
      for (const { id } of document) await expectRestore(cli, id, trees.get(id), `out-${round}-${id}`)
    }
    const check = await cli.json(['check', '--from', 'vault', '--read', 'all'])
    expect(check).toMatchObject({ code: 0, document: { ok: true } })
  })
})

const SAME = randomBytes(200_000)

function change(cli: CommandLine, name: string, contents: readonly Buffer[], round: number): void {
  mkdirSync(cli.at(name), { recursive: true })
  for (const [i, content] of contents.entries()) writeFileSync(cli.at(`${name}/${i}`), content)
  writeFileSync(cli.at(`${name}/round-${round}`), `${round}`)
}

type Tree = { readonly name: string; readonly description: string }

function treeOf(cli: CommandLine, name: string): Tree {
  return { name, description: describeTree(cli.at(name)) }
}

/** Restores a snapshot with a home of its own, beside others, and compares it with what was backed up. */
async function expectRestore(
  cli: CommandLine,
  snapshot: string,
  tree: Tree | undefined,
  to = `out-${snapshot}`,
): Promise<void> {
  const env = { HOLDFAST_HOME: cli.at(`reader-${to}`) }
  const restore = ['restore', '--from', 'vault', '--snapshot', snapshot, '--to', to]
  expect(await cli.json(restore, { env })).toMatchObject({ code: 0 })
  expect(describeTree(cli.at(`${to}/${tree?.name}`))).toBe(tree?.description)
}
