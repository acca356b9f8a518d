import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('./test-read-bombs.ts', import.meta.url))

describe('the memory of the readers', () => {
  it('stays below 256 MiB over objects that would take gigabytes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-bombs-'))
    try {
      const run = (what: string, ...flags: string[]) =>
        spawnSync(process.execPath, [...flags, PROGRAM, what, folder], { encoding: 'utf8', timeout: 100_000 })
      expect(run('make').stderr).toBe('')
      const read = run('read', '--max-old-space-size=96')
      expect(read.stderr).toBe('')
      const { tries, maxRssMiB } = JSON.parse(read.stdout)
      expect(tries).toBeGreaterThan(100)
      expect(maxRssMiB).toBeLessThan(256)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }, 200_000)
})
