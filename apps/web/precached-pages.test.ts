import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PRECACHED_PAGES } from './precached-pages.mjs'

test('every screen opens with the agent off, even one that was never visited', () => {
  const screens = globSync('**/page.tsx', { cwd: join(import.meta.dirname, 'app') }).map((file) => {
    const folders = file.split('/').slice(0, -1)
    const path = folders.filter((folder) => !/^\(.*\)$/.test(folder)).join('/')
    return path === '' ? '/' : `/${path}/`
  })
  expect([...PRECACHED_PAGES].sort()).toEqual(screens.sort())
})
