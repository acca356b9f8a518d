import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HOLDFAST_VERSION } from './holdfast-version.ts'

test('Holdfast says the version of its package', () => {
  const root = new URL('../../../package.json', import.meta.url)
  expect(JSON.parse(readFileSync(root, 'utf8'))).toMatchObject({ version: HOLDFAST_VERSION })
})
