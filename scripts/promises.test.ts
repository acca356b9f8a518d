import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const rows = readFileSync(resolve(root, 'docs/promises.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| promise |'))

describe('docs/promises.md', () => {
  test('makes promises', () => expect(rows.length).toBeGreaterThan(20))

  test.each(rows)('%s', (row) => {
    const [, file, title] = /\| `([^`]+)` › (.+) \|$/.exec(row) ?? []
    expect(file, 'names a file').toBeDefined()
    const path = resolve(root, file ?? '')
    expect(existsSync(path), `${file} is there`).toBe(true)
    // A title may stand in any kind of quotes there, with what those escape.
    expect(readFileSync(path, 'utf8').replaceAll('\\', '')).toContain(title)
  })
})
