import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'

const RUN_MS = 90_000
const NOISE = 'archive/noise.bin'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

test('on a phone: a plan goes back in its place, a file is downloaded, and a drill tells how long all takes', async () => {
  await using agent = await startDemoAgent()
  const source = join(agent.home, 'demo', 'source')
  const page = await openPaired(browser, agent.pairLink, PHONE)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
  const before = await contentsOf(source)
  await writeFile(join(source, NOISE), 'spoiled by a migration')
  await mkdir(join(source, 'migrated'))
  await writeFile(join(source, 'migrated', 'new.txt'), 'new')

  await page.goto(`${agent.address}/restore/`)
  await page.getByRole('button', { name: 'Go back in time…' }).click()
  await page.getByText('2 items are removed').waitFor()
  await page.getByText('Show examples').click()
  await page.getByText('source/migrated/new.txt').waitFor()
  await expectAccessible(page, 'the preview of going back')
  await page.getByRole('button', { name: 'Back up now, then go back' }).click()
  await page.getByRole('heading', { name: 'Back in time.' }).waitFor({ timeout: RUN_MS })
  await expectAccessible(page, 'a plan that went back')
  expect(await contentsOf(source)).toEqual(before)

  await page.getByRole('link', { name: 'Restore something else' }).click()
  await page.getByRole('heading', { name: 'Earlier restores' }).waitFor()
  for (const folder of ['source', 'archive'])
    await page.getByRole('list').getByRole('button', { name: folder, exact: true }).click()
  await page.getByRole('checkbox', { name: 'Restore zeros.bin' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: /^Download/ }).click(),
  ])
  expect(download.suggestedFilename()).toBe('zeros.bin')
  expect((await readFile(await download.path())).equals(before.get('archive/zeros.bin') ?? Buffer.of())).toBe(
    true,
  )

  await page.goto(`${agent.address}/settings/plan/?id=demo`)
  await page.getByRole('button', { name: 'Try it now' }).click()
  await page.getByText(/^Everything back in about/).waitFor({ timeout: RUN_MS })
  await expectAccessible(page, 'the settings of a plan with a drill')
  await page.goto(agent.address)
  await page.getByText(/everything back in about/).waitFor()
  expect(complaints).toEqual([])
})

async function contentsOf(dir: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, Buffer]> => {
        const full = join(file.parentPath, file.name)
        return [full.slice(dir.length + 1), await readFile(full)]
      }),
    ),
  )
}
