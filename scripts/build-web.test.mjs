import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { buildWeb } from './build-web.mjs'

const FILES = {
  'package.json': '{ "name": "house", "workspaces": ["apps/*", "packages/*"] }',
  'package-lock.json': '{}',
  'apps/web/package.json': '{ "name": "@holdfast/web", "scripts": { "build": "sh build.sh" } }',
  'apps/web/build.sh':
    'echo built >> ../../builds; mkdir -p out; echo page > out/index.html; echo worker > out/sw.js',
  'apps/web/app/page.tsx': 'one',
  'packages/domain/src/a.ts': 'one',
  'packages/api/src/a.ts': 'one',
}

describe('buildWeb', () => {
  let root
  beforeEach(() => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    root = mkdtempSync(join(tmpdir(), 'holdfast-build-'))
    for (const [file, text] of Object.entries(FILES)) write(file, text)
    write('builds', '')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  function write(file, text) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  function builds() {
    buildWeb(root, process.env.PATH)
    return readFileSync(join(root, 'builds'), 'utf8').split('\n').length - 1
  }

  test('builds once, and not again when nothing changed', () => {
    expect(builds()).toBe(1)
    expect(builds()).toBe(1)
  })

  test.each([
    ['a page changes', 'apps/web/app/page.tsx'],
    ['a page is added', 'apps/web/app/new.tsx'],
    ['the domain changes', 'packages/domain/src/a.ts'],
    ['the API changes', 'packages/api/src/a.ts'],
    ['a package changes', 'package-lock.json'],
  ])('builds again when %s', (_title, file) => {
    expect(builds()).toBe(1)
    write(file, 'two')
    expect(builds()).toBe(2)
  })

  test.each([
    ['a test changes', 'apps/web/app/page.test.tsx'],
    ['a build writes its own worker', 'apps/web/public/sw.js'],
    ['Next writes its types', 'apps/web/next-env.d.ts'],
  ])('does not build again when %s', (_title, file) => {
    expect(builds()).toBe(1)
    write(file, 'two')
    expect(builds()).toBe(1)
  })

  test('builds again when what came out is gone', () => {
    expect(builds()).toBe(1)
    rmSync(join(root, 'apps/web/out/sw.js'))
    expect(builds()).toBe(2)
  })

  test('a build without a service worker is a failure, and is not taken for done', () => {
    vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
    write('apps/web/build.sh', 'mkdir -p out; echo page > out/index.html')
    expect(() => buildWeb(root, process.env.PATH)).toThrow('apps/web/out/sw.js did not come out')
    appendFileSync(join(root, 'apps/web/build.sh'), '; echo worker > out/sw.js; echo built >> ../../builds')
    expect(builds()).toBe(1)
  })
})
