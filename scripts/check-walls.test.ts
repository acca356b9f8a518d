import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkWalls } from './check-walls.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'holdfast-walls-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function house(files: Record<string, string>): string[] {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return checkWalls(root).map(({ file, line, what }) => `${file}:${line} ${what}`)
}

const manifest = (...names: string[]): string =>
  JSON.stringify({ dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])) })

const engine = (text: string): string[] =>
  house({ 'packages/vault/package.json': manifest('@holdfast/domain'), 'packages/vault/src/backup.ts': text })

describe('a house that keeps its walls', () => {
  test('has no breach', () => {
    const breaches = house({
      'packages/vault/package.json': manifest('@holdfast/domain', 'ignore'),
      'packages/vault/src/backup.ts': `import { HoldfastError } from '@holdfast/domain'\nimport ignore from 'ignore'\nimport { a } from './scan/a.ts'\n`,
      'packages/vault/src/scan/a.ts': `import { createHash } from 'node:crypto'\nexport { b } from '../b.ts'\n`,
      'packages/host/package.json': manifest('@holdfast/vault'),
      'packages/host/src/tree.ts': `import type { SourceTree } from '@holdfast/vault/ports'\nimport { spawn } from 'node:child_process'\n`,
      'packages/host/src/clock.ts': `export const now = () => Date.now()\n`,
      'apps/web/package.json': manifest('@holdfast/api', 'react'),
      'apps/web/src/trpc.ts': `import type { AppRouter } from '@holdfast/api'\nimport { useState } from 'react'\n`,
    })
    expect(breaches).toEqual([])
  })

  test('lets a test import what the room itself may not', () => {
    expect(
      house({
        'packages/vault/package.json': manifest('@holdfast/domain'),
        'packages/vault/src/backup.test.ts': `import { mkdtemp } from 'node:fs/promises'\nimport { memoryStore } from '@holdfast/testkit'\nDate.now()\n`,
      }),
    ).toEqual([])
  })
})

describe('a breach is found', () => {
  test.each([
    ['the engine opens a file', `import { readFileSync } from 'node:fs'`, 'may not import node:fs'],
    ['the engine opens a socket', `import net from 'node:net'`, 'may not import node:net'],
    ['a type import counts too', `import type { Socket } from 'node:net'`, 'may not import node:net'],
    ['the engine imports a screen', `import { Home } from '@holdfast/web'`, 'may not import @holdfast/web'],
    [
      'the engine starts a program',
      `import { spawn } from 'node:child_process'`,
      'may not import node:child_process: only rclone and host start programs, and the apps their own engine',
    ],
    [
      'a lazy import counts too',
      `const { PrismaClient } = await import('@prisma/client')`,
      'may not import @prisma/client: only history knows the database',
    ],
    [
      'an import over several lines',
      `import {\n  a,\n  b,\n} from '@holdfast/history'`,
      'may not import @holdfast/history',
    ],
    ['a library nobody agreed to', `import _ from 'lodash'`, 'may not import lodash'],
    ['an old name of a Node module', `import path from 'path'`, 'imports path: write node:path'],
    [
      'a climb out of the workspace',
      `import { a } from '../../domain/src/a.ts'`,
      'which lies outside its workspace',
    ],
    ['testkit outside a test', `import { a } from '@holdfast/testkit'`, 'may import testkit only from tests'],
    [
      'an inner file of a package',
      `import { a } from '@holdfast/domain/src/a.ts'`,
      'may not import @holdfast/domain/src/a.ts',
    ],
    ['the clock', 'const now = Date.now()', 'reads Date.now; packages/vault takes it as a value'],
    [
      'the clock by its other name',
      'const now = new Date()',
      'reads new Date(); packages/vault takes it as a value',
    ],
    ['chance', 'const dice = Math.random()', 'reads Math.random; packages/vault takes it as a value'],
    [
      'the environment',
      'const home = process.env.HOME',
      'reads process.env; packages/vault takes it as a value',
    ],
  ])('%s', (_title, text, what) => {
    const breaches = engine(`// first line\n${text}\n`)
    expect(breaches).toHaveLength(1)
    expect(breaches[0]).toContain('packages/vault/src/backup.ts:2 ')
    expect(breaches[0]).toContain(what)
  })

  test('a value import where only types may cross', () => {
    expect(
      house({
        'apps/web/package.json': manifest('@holdfast/api'),
        'apps/web/src/trpc.ts': `import { type AppRouter } from '@holdfast/api'\n`,
      }),
    ).toEqual(['apps/web/src/trpc.ts:1 may import from @holdfast/api only with `import type`'])
  })

  test('a dependency in package.json that no import uses yet', () => {
    expect(house({ 'packages/domain/package.json': manifest('@holdfast/vault', 'lodash') })).toEqual([
      'packages/domain/package.json:1 may not depend on @holdfast/vault',
      'packages/domain/package.json:1 may not depend on lodash',
    ])
  })

  test('a name that says nothing, for a file and for a folder', () => {
    expect(
      house({
        'packages/domain/package.json': manifest(),
        'packages/domain/src/date-utils.ts': '',
        'packages/domain/src/common/clock.ts': '',
        'packages/domain/src/uncommon.ts': '',
      }).map((breach) => breach.split(':')[0]),
    ).toEqual(['packages/domain/src/common/clock.ts', 'packages/domain/src/date-utils.ts'])
  })

  test('a workspace that nobody drew walls for', () => {
    expect(house({ 'packages/extra/package.json': manifest() })).toEqual([
      'packages/extra/package.json:1 is a workspace without a wall in scripts/walls.ts',
    ])
  })
})
