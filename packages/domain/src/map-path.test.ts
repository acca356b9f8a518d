import { expect, test } from 'vitest'
import { mapPath } from './map-path.ts'

const MAPPINGS = [
  { from: '/home/ann', to: '/home/bob' },
  { from: '/home/ann/big/', to: '/mnt/disk' },
]

test.each([
  ['/home/ann', '/home/bob'],
  ['/home/ann/docs/a', '/home/bob/docs/a'],
  ['/home/ann/big/film', '/mnt/disk/film'],
  ['/home/annabel/docs', '/home/annabel/docs'],
  ['/etc', '/etc'],
])('%s lies at %s', (was, here) => {
  expect(mapPath(was, MAPPINGS)).toBe(here)
})

test('a whole machine can be put below a folder, and a folder at the root', () => {
  expect(mapPath('/etc/hosts', [{ from: '/', to: '/old' }])).toBe('/old/etc/hosts')
  expect(mapPath('/old/etc', [{ from: '/old', to: '/' }])).toBe('/etc')
  expect(mapPath('/old', [{ from: '/old', to: '/' }])).toBe('/')
})
