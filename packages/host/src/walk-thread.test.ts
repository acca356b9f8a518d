import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import {
  type Portion,
  type StepBatch,
  stepsOf,
  type WalkOrder,
  walkInBatches,
  walkPortionInBatches,
  walkRoots,
} from '@holdfast/vault/walk'
import { describe, expect, it } from 'vitest'
import { createSourceTree } from './source-tree.ts'
import { tempDir } from './temp-dir.ts'
import { walkThread } from './walk-thread.ts'

describe('a walk in a thread of its own', () => {
  it('meets what a walk here meets, in the same order', async () => {
    using dir = tempDir()
    mkdirSync(dir.at('one'))
    for (let i = 0; i < 700; i += 1) writeFileSync(dir.at(`one/${i}`), 'x'.repeat(i))
    mkdirSync(dir.at('two'))
    linkSync(dir.at('one/7'), dir.at('two/again'))
    symlinkSync('nowhere', dir.at('two/link'))
    writeFileSync(Buffer.concat([dir.at('two/'), Buffer.from([0xff, 0x0a, 0x22, 0x5c])]), 'odd')
    writeFileSync(dir.at('two/"Ä'), 'odd')
    writeFileSync(dir.at('two/left.out'), 'no')
    execFileSync('mkfifo', [dir.at('two/fifo').toString()])
    mkdirSync(dir.at('two/closed'))
    chmodSync(dir.at('two/closed'), 0)
    const order: WalkOrder = [
      { label: Buffer.from('b'), path: dir.at('two'), excludes: ['*.out'] },
      { label: Buffer.from('a'), path: dir.at('one'), excludes: [] },
      { label: Buffer.from('gone'), path: dir.at('three'), excludes: [] },
    ]
    await using walk = walkThread(order, undefined)
    const met = await collect(walk, order)
    expect(met).toEqual(await collect(walkInBatches(createSourceTree(), walkRoots(order)), order))
    expect(met.length).toBeGreaterThan(700)
    expect(met.filter((step) => typeof step === 'string')).toEqual(['left a', 'left b'])
  })

  it('meets the same when portions of it are given away, in the same order', async () => {
    using dir = tempDir()
    const order = wideTree(dir)
    const tree = createSourceTree()
    const given: Portion[] = []
    function* put(): Generator<StepBatch> {
      const handOver = { wanted: () => true, give: (one: Portion) => given.push(one) }
      for (const batch of walkInBatches(tree, walkRoots(order), handOver)) {
        yield batch
        if (batch.beforePortion) yield* walkPortionInBatches(tree, walkRoots(order), given.shift() as Portion)
      }
    }
    const met = await collect(put(), order)
    expect(met).toEqual(await collect(walkInBatches(tree, walkRoots(order)), order))
    expect(given).toEqual([])
  })

  it('meets the same with a second thread, in the same order', async () => {
    using dir = tempDir()
    const order = wideTree(dir)
    const alone = await collect(walkInBatches(createSourceTree(), walkRoots(order)), order)
    let given = 0
    // How much the second thread gets is up to the system: as often as it takes.
    while (given === 0) {
      await using walk = walkThread(order, undefined, { processors: 2, beforeSecond: 0 })
      const batches: StepBatch[] = []
      for await (const batch of walk) batches.push(batch)
      expect(await collect(batches, order)).toEqual(alone)
      given += batches.filter(({ beforePortion }) => beforePortion).length
    }
  })

  it('says where a source ended, so that one that was replaced meanwhile is noticed', async () => {
    using dir = tempDir()
    mkdirSync(dir.at('one'))
    const order: WalkOrder = [{ label: Buffer.from('a'), path: dir.at('one'), excludes: [] }]
    await using walk = walkThread(order, undefined)
    const batches: StepBatch[] = []
    for await (const batch of walk) batches.push(batch)
    const [stood] = batches.flatMap(({ odd }) =>
      odd.flatMap((one) => (one.kind === 'left' ? [one.left] : [])),
    )
    renameSync(dir.at('one'), dir.at('other'))
    mkdirSync(dir.at('one'))
    const now = createSourceTree().lstat(dir.at('one'))
    expect(stood?.stood).not.toBe('problem' in now ? '' : `${now.dev}:${now.ino}`)
  })

  it('ends with who cancels it', async () => {
    const stop = new AbortController()
    const order: WalkOrder = [{ label: Buffer.from('proc'), path: Buffer.from('/usr'), excludes: [] }]
    await using walk = walkThread(order, stop.signal)
    const taken = (async () => {
      for await (const _ of walk) stop.abort()
    })()
    await expect(taken).rejects.toMatchObject({ code: 'CANCELLED' })
  })
})

/** Two sources, one in the other, with enough in each folder to be given away. */
function wideTree(dir: ReturnType<typeof tempDir>): WalkOrder {
  mkdirSync(dir.at('links'))
  for (let i = 0; i < 40; i += 1) {
    mkdirSync(dir.at(`d${i}`))
    for (let j = 0; j < 40; j += 1) writeFileSync(dir.at(`d${i}/${j}.${j % 7 === 0 ? 'out' : 'in'}`), '')
    for (let j = 0; j < 20; j += 1) mkdirSync(dir.at(`d${i}/below/${j}`), { recursive: true })
    linkSync(dir.at(`d${i}/1.in`), dir.at(`links/${i}`))
  }
  return [
    { label: Buffer.from('b'), path: Buffer.from(dir.path), excludes: ['*.out', '/d7/below/3/'] },
    { label: Buffer.from('a'), path: dir.at('d3'), excludes: [] },
  ]
}

async function collect(batches: AsyncIterable<StepBatch> | Iterable<StepBatch>, order: WalkOrder) {
  const met: unknown[] = []
  for await (const batch of batches)
    for (const step of stepsOf(batch, walkRoots(order), ({ path }) => met.push(`left ${path}`)))
      met.push(step)
  return met
}
