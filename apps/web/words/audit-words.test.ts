import { expect, test } from 'vitest'
import { actWords, changesOf } from './audit-words.ts'

test('only what differs is told, by dotted names', () => {
  const before = { name: 'Docs', schedule: { kind: 'manual' }, sources: [{ path: '/a', excludes: [] }] }
  const after = {
    name: 'Docs',
    schedule: { kind: 'cron', cron: '0 2 * * *' },
    sources: [{ path: '/b', excludes: ['x', 'y'] }],
  }
  expect(changesOf(before, after)).toEqual([
    { name: 'schedule.kind', before: 'manual', after: 'cron' },
    { name: 'sources.0.path', before: '/a', after: '/b' },
    { name: 'sources.0.excludes', before: 'none', after: 'x, y' },
    { name: 'schedule.cron', before: null, after: '0 2 * * *' },
  ])
})

test('what was made or removed is told by its one side', () => {
  expect(changesOf(null, { paused: false })).toEqual([{ name: 'paused', before: null, after: 'false' }])
  expect(changesOf({ paused: false }, null)).toEqual([{ name: 'paused', before: 'false', after: null }])
  expect(changesOf(null, null)).toEqual([])
  expect(changesOf(undefined, 'x')).toEqual([{ name: '', before: null, after: 'x' }])
  expect(changesOf(null, { long: 'x'.repeat(999) })[0]?.after).toHaveLength(301)
})

test('an act is told in words, one that is not known by its name', () => {
  expect(actWords('plan.create', null)).toBe('made the plan')
  expect(actWords('plan.set-paused', { paused: true })).toBe('paused the plan')
  expect(actWords('plan.set-paused', { paused: false })).toBe('resumed the plan')
  expect(actWords('future.act', null)).toBe('did “future.act” to')
})
