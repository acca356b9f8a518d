import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const OUT = join(import.meta.dirname, '..', 'out')
const LIMIT_BYTES = 220_000

test('the home screen loads at most 220 kB of JavaScript, compressed', async () => {
  const html = await readFile(join(OUT, 'index.html'), 'utf8')
  const scripts = (html.match(/<script\b[^>]*>/g) ?? [])
    // Browsers that know modules leave these out.
    .filter((tag) => !/\bnomodule\b/i.test(tag))
    .flatMap((tag) => /\bsrc="(\/[^"]+\.js)"/.exec(tag)?.[1] ?? [])
  const sizes = await Promise.all(
    scripts.map(async (script) => ({ script, bytes: gzipSync(await readFile(join(OUT, script))).length })),
  )
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(scripts.length).toBeGreaterThan(3)
  expect(total, JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(LIMIT_BYTES)
})
