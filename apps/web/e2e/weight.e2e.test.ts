import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const OUT = join(import.meta.dirname, '..', 'out')
// What it weighs and a twentieth; the aim is 220 kB. Each file costs a phone a round trip, too.
const LIMIT_BYTES = 199_000
const LIMIT_FILES = 10

test('the home screen loads at most 199 kB of JavaScript, compressed, in at most ten files', async () => {
  const scripts = await scriptsOfHome()
  const sizes = await Promise.all(
    scripts.map(async (script) => ({
      script,
      bytes: gzipSync(await textOf(script)).length,
    })),
  )
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0)
  expect(scripts.length).toBeGreaterThan(3)
  expect(scripts.length, scripts.join('\n')).toBeLessThanOrEqual(LIMIT_FILES)
  expect(total, JSON.stringify(sizes, null, 1)).toBeLessThanOrEqual(LIMIT_BYTES)
})

test('what the home screen begins with is compiled while it is fetched', async () => {
  const built = (await scriptsOfHome()).filter((script) => script.startsWith('/_next/'))
  expect(built.length).toBeGreaterThan(3)
  for (const script of built)
    expect(await textOf(script), script).toMatch(/^\/\/# allFunctionsCalledOnLoad\n/)
})

async function scriptsOfHome(): Promise<readonly string[]> {
  const html = await textOf('/index.html')
  return (
    (html.match(/<script\b[^>]*>/g) ?? [])
      // Browsers that know modules leave these out.
      .filter((tag) => !/\bnomodule\b/i.test(tag))
      .flatMap((tag) => /\bsrc="(\/[^"]+\.js)"/.exec(tag)?.[1] ?? [])
  )
}

const textOf = (path: string) => readFile(join(OUT, decodeURIComponent(path)), 'utf8')
