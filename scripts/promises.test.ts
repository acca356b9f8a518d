import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const linesOf = (file: string) => readFileSync(resolve(root, file), 'utf8').split('\n')
const rows = [
  ...linesOf('docs/promises.md').filter((line) => line.startsWith('| ') && !line.startsWith('| promise |')),
  // Its other table names no tests.
  ...linesOf('docs/security.md').filter((line) => line.includes(' › ')),
]

describe('docs/promises.md and docs/security.md', () => {
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
