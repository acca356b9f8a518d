import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const FILES: Readonly<Record<string, number>> = {
  ...{ 'Documents/plan.txt': 990, 'Documents/work/node_modules/lib/index.js': 5000 },
  ...{ 'Documents/work/node_modules/lib/more.js': 3000, 'Pictures/harbour.jpg': 40_000, '.ssh/id': 400 },
}

const CACHE_TAG = 'Signature: 8a477f597d28d172789f06886806bc55'

describe.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])('choosing what to keep on %s', (_title, options) => {
  let agent: DemoAgent
  let browser: Browser
  let page: Page
  const complaints: string[] = []
  const row = (name: string) => page.locator('label', { hasText: name })

  beforeAll(async () => {
    agent = await startDemoAgent({ demo: false })
    for (const [name, bytes] of Object.entries(FILES)) {
      await mkdir(dirname(join(agent.person, name)), { recursive: true })
      await writeFile(join(agent.person, name), 'x'.repeat(bytes))
    }
    await mkdir(join(agent.person, 'Documents', 'cache'))
    await writeFile(join(agent.person, 'Documents', 'cache', 'CACHEDIR.TAG'), CACHE_TAG)
    await writeFile(join(agent.person, 'Documents', 'cache', 'page'), 'x'.repeat(100))
    for (let i = 0; i < 510; i += 1) await mkdir(join(agent.person, 'many', `f${i}`), { recursive: true })
    browser = await launchChromium()
    page = await openPaired(browser, agent.pairLink, options)
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(`${agent.address}/setup/`)
  })
  afterAll(async () => {
    await browser.close()
    await agent[Symbol.asyncDispose]()
  })

  test('finds what is there, ticked, and tells how much each holds', async () => {
    await page.getByRole('heading', { name: 'Your files' }).waitFor()
    await row('Documents').getByText('4 files').waitFor()
    await row('Documents').getByText('9 kB').waitFor()
    await row('Pictures').getByText('40 kB').waitFor()
    expect(await page.getByRole('checkbox', { name: /^SSH keys/ }).isChecked()).toBe(true)
    await keepOnly(page, 'Your files')
    await page.getByText('5 files', { exact: true }).waitFor()
  })

  test('a tick that is taken back and given again changes what is kept in all', async () => {
    await page.getByRole('checkbox', { name: /^Pictures/ }).click()
    await page.getByText('To keep').locator('..').getByText('4 files').waitFor()
    await page.getByRole('checkbox', { name: /^Pictures/ }).click()
    await page.getByText('To keep').locator('..').getByText('5 files').waitFor()
  })

  test('shows live what each rule leaves out and what it saves', async () => {
    await page.getByRole('button', { name: /^Leave out\b.*caches/i }).click()
    await page.getByText('This leaves 5 files').waitFor()
    await page.getByText('Saves 143 bytes: 2 files in 1 folder').waitFor()
    await page.getByText(join(agent.person, 'Documents/cache/'), { exact: true }).waitFor()
    await page.getByRole('switch', { name: /^Caches/ }).click()
    await page.getByText('This leaves 7 files').waitFor()
    await page.getByRole('switch', { name: /^Caches/ }).click()
    await page.getByText('This leaves 5 files').waitFor()
    await page.getByRole('switch', { name: /^Other disks/ }).click()
    await page.getByText('None is mounted inside what you chose.').waitFor()
    await page.getByRole('switch', { name: /^Other disks/ }).click()
    await page.getByRole('button', { name: 'Leave out node_modules/' }).click()
    await page.getByText('Saves 8 kB: 2 files in 1 folder').waitFor()
    await page.getByText(join(agent.person, 'Documents/work/node_modules/'), { exact: true }).waitFor()
    await page.getByText('This leaves 3 files').waitFor()
    await page.getByLabel('Add a rule').fill('*.none')
    await page.getByLabel('Add a rule').press('Enter')
    await page.getByText('Leaves out nothing here.').waitFor()
    await page.getByRole('button', { name: 'Remove the rule *.none' }).click()
    await page.getByRole('switch', { name: /^Large files/ }).click()
    await page.getByLabel('Larger than').fill('30 kB')
    await page.getByText('Saves 40 kB: 1 file', { exact: true }).waitFor()
    await page.getByText('To keep').locator('..').getByText('2 files').waitFor()
  })

  test('rules that leave nothing, and a size that is none, hold the step and say why', async () => {
    await page.getByLabel('Larger than').fill('huge')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('An amount such as 500 MB or 2 GB.').waitFor()
    await page.getByLabel('Larger than').fill('1 B')
    await page.getByText('This leaves 0 files').waitFor()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('The rules leave nothing to back up.').waitFor()
    await page.getByRole('switch', { name: /^Large files/ }).click()
    await page.getByText('This leaves 3 files').waitFor()
  })

  test('a folder of one’s own is picked from more than a page of them, and counted', async () => {
    await page.getByRole('button', { name: 'Add a folder' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'many', exact: true }).click()
    await dialog.getByRole('button', { name: 'f0', exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Show more' }).click()
    await dialog.getByRole('button', { name: 'f99', exact: true }).waitFor()
    await dialog.getByRole('button', { name: 'Show more' }).waitFor({ state: 'hidden' })
    await dialog.getByRole('button', { name: 'Use this folder' }).click()
    await row('many').getByText('0 files').waitFor()
  })

  test('what vanished meanwhile is not offered again', async () => {
    await rm(join(agent.person, 'Pictures'), { recursive: true })
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('heading', { name: 'Where should the copies go?' }).waitFor()
    await page.getByRole('button', { name: 'Back' }).click()
    await row('Documents').waitFor()
    await row('Pictures').waitFor({ state: 'hidden' })
    expect(await page.getByRole('checkbox', { name: /^SSH keys/ }).isChecked()).toBe(false)
  })

  test('nothing is wider than the screen, and no error was thrown', async () => {
    const width = options.viewport?.width ?? 0
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(complaints).toEqual([])
  })
})
