import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LiveEvent } from '@holdfast/api'
import { Plan, type Run } from '@holdfast/domain'
import { openHistory } from '@holdfast/history'
import { openHome, systemClock } from '@holdfast/host'
import { expect, test } from 'vitest'
import type { PlanBells } from '../schedule/plan-bells.ts'
import { createRunDesk } from './run-desk.ts'

const NOON = new Date('2026-11-22T12:00:00.000Z')
const plan = Plan.parse({
  ...{
    id: 'plan-1',
    name: 'Docs',
    sources: [{ path: '/docs', excludes: [] }],
    paused: false,
    createdAt: NOON,
  },
  vault: { id: '0'.repeat(32), name: 'disk', place: { kind: 'folder', path: '/disk' }, encrypted: false },
  schedule: { kind: 'manual' },
})

/** A desk with a history of its own whose bells do what `ring` does. */
async function openDesk(ring: (desk: { lost(): void }) => Promise<void>) {
  await using stack = new AsyncDisposableStack()
  const home = await mkdtemp(join(tmpdir(), 'holdfast-desk-'))
  stack.defer(() => rm(home, { recursive: true, force: true }))
  const history = stack.use(await openHistory({ file: join(home, 'holdfast.db'), clock: systemClock }))
  await history.plans.create(plan)
  const published: LiveEvent[] = []
  const ended = Promise.withResolvers<Run | undefined>()
  const unused = () => Promise.reject(new Error('nothing gets as far as a vault'))
  const bells: PlanBells = {
    arm: async () => undefined,
    ring: () => ring({ lost: () => desk.lost(plan.id) }),
    [Symbol.asyncDispose]: async () => undefined,
  }
  const desk = createRunDesk({
    ...{ history, now: () => NOON, onError: () => undefined, bells: () => bells },
    vaults: {
      ...{ accessTo: unused, lastSeenSeq: unused, opened: unused, inspect: unused, reach: unused },
      ...{ makeOrOpen: unused, tryPassphrase: unused, stopTransfers: unused, copyAccess: unused },
      openThere: unused,
    },
    publish: (event) => published.push(event),
    hooks: { before: unused, after: unused, sourcesOf: () => [] },
    lists: { isIn: () => false, write: unused },
    settings: { keep: unused },
    kits: { look: unused },
    standings: { set: unused, checkWriter: async () => undefined },
    ...{ home: openHome(home), homeDir: home, proofRoot: join(home, 'proof') },
    dueRun: async () => undefined,
    afterRun: (_id, run) => ended.resolve(run),
  })
  stack.use(desk)
  const owned = stack.move()
  return { desk, history, published, ended: ended.promise, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

test.each([
  ['can not be made', () => Promise.reject(new Error('no more threads'))],
  ['ends before it rings', async (desk: { lost(): void }) => desk.lost()],
])('a run whose job %s has failed, and the plan is free for the next', async (_title, ring) => {
  await using it = await openDesk(ring)
  const { id } = await it.desk.start(plan.id, 'cli')
  await it.ended
  expect(await it.history.runs.get(id)).toMatchObject({
    state: 'finished',
    outcome: 'failed',
    reason: { code: 'ENGINE_DIED' },
  })
  expect(it.published.at(-1)).toMatchObject({ type: 'run', run: { id, state: 'finished' } })
  expect(it.desk.isBusy(plan.id)).toBe(false)
  await it.desk.start(plan.id, 'cli')
})
