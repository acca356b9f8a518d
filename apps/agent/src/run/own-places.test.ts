import { expect, test } from 'vitest'
import { withoutOwnPlaces } from './own-places.ts'

test('a vault inside a source is left out of it, and only there', () => {
  const sources = [
    { path: '/home/ada', excludes: ['*.tmp'] },
    { path: '/srv', excludes: [] },
  ]
  expect(withoutOwnPlaces(sources, ['/home/ada/my [vault]', '/home/ada-backup'])).toEqual([
    { path: '/home/ada', excludes: ['*.tmp', '/my \\[vault\\]/'] },
    { path: '/srv', excludes: [] },
  ])
})

test('the source itself is never left out', () => {
  expect(withoutOwnPlaces([{ path: '/data', excludes: [] }], ['/data'])).toEqual([
    { path: '/data', excludes: [] },
  ])
})
