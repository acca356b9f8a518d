import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openHistory } from './open-history.ts'
import { rememberReads } from './remember-reads.ts'

describe('What was read', () => {
  let changes = 0
  let reads = 0
  const remember = rememberReads({ changes: () => changes })
  const read = async () => (reads += 1)
  beforeEach(() => {
    reads = 0
    changes += 1
  })

  test('is answered from memory until something is written', async () => {
    expect(await Promise.all([remember('a', read), remember('a', read), remember('b', read)])).toEqual([
      1, 1, 2,
    ])
    changes += 1
    expect(await remember('a', read)).toBe(3)
  })

  test('is not remembered when it failed', async () => {
    await expect(remember('a', () => Promise.reject(new Error('busy')))).rejects.toThrow('busy')
    expect(await remember('a', read)).toBe(1)
  })

  test('is forgotten when it would be too much', async () => {
    for (let i = 0; i <= 500; i += 1) await remember(`session ${i}`, read)
    expect(await remember('session 0', read)).toBe(502)
  })
})

describe('The history', () => {
  let dir = ''
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'holdfast-remember-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  test('answers by what was written last, however often it was asked before', async () => {
    await using history = await openHistory({ file: join(dir, 'h.db'), clock: { nowMs: () => 1 } })
    for (let i = 0; i < 5; i += 1) {
      const asked = history.settings.get('n', z.number())
      await history.settings.set('n', i, new Date(i))
      expect(await history.settings.get('n', z.number())).toBe(i)
      expect([undefined, i - 1, i]).toContain(await asked)
    }
  })
})
