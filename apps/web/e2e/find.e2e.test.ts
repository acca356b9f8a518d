import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DAY_MS } from '@holdfast/domain'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'

const RUN_MS = 90_000
const MANY = 100_000

describe('looking for a file', () => {
  let agent: DemoAgent
  let browser: Browser
  let page: Page
  let source: string
  const complaints: string[] = []

  beforeAll(async () => {
    agent = await startDemoAgent()
    source = join(agent.home, 'demo', 'source')
    browser = await launchChromium()
    page = await openPaired(browser, agent.pairLink, PHONE)
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
    await writeFile(join(source, 'accounts', '2026.csv'), 'month,amount\n1,38\n')
    await rm(join(source, 'letters', 'to-grandmother.txt'))
    await mkdir(join(source, 'many'))
    const names = Array.from({ length: MANY }, (_, i) => `row-${String(i).padStart(6, '0')}.txt`)
    for (let i = 0; i < MANY; i += 1000)
      await Promise.all(names.slice(i, i + 1000).map((name) => writeFile(join(source, 'many', name), '')))
    await page.getByRole('button', { name: 'Back up now' }).click()
    await page.getByRole('heading', { name: 'Demo is backed up.' }).waitFor({ timeout: RUN_MS })
    await page.getByRole('link', { name: 'Home' }).click()
    await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor()
  }, 3 * RUN_MS)
  afterAll(async () => {
    await browser?.close()
    await agent?.[Symbol.asyncDispose]()
  })

  test('a file that was deleted yesterday is back in four taps', async () => {
    const today = new Date()
    // For the person it is tomorrow.
    await page.clock.setSystemTime(new Date(today.getTime() + DAY_MS))
    await page.getByRole('link', { name: 'Restore' }).tap()
    await page.getByRole('button', { name: /^to-grandmother\.txt.*gone since yesterday/ }).tap()
    await page.getByText('Dear grandmother,').waitFor()
    await page.getByRole('button', { name: 'Restore this file…' }).tap()
    const folder = page.getByLabel('Folder on this machine')
    await expect.poll(() => folder.inputValue(), { timeout: 30_000 }).not.toBe('')
    const target = await folder.inputValue()
    await page.getByRole('button', { name: 'Start the restore' }).tap()
    await page.getByRole('heading', { name: /^Restored/ }).waitFor({ timeout: RUN_MS })
    const restored = await readFile(join(target, 'source', 'letters', 'to-grandmother.txt'), 'utf8')
    expect(restored).toContain('the photos from the lake are safe now')
    await page.clock.setSystemTime(today)
  })

  test('a name is found in every snapshot, also where it is no more', async () => {
    await page.goto(`${agent.address}/restore/`)
    await page.getByRole('textbox', { name: /^Find a file by name/ }).fill('GRANDMOTHER')
    await page.getByRole('button', { name: /to-grandmother\.txt.*Deleted/ }).waitFor()
    await page.getByRole('textbox', { name: /^Find a file by name/ }).fill('*-09999?.txt')
    await page.getByText('10 names in every snapshot').waitFor()
    await expectAccessible(page, 'search')
    await page.getByRole('button', { name: 'Clear' }).tap()
    await page.getByRole('slider', { name: 'Snapshot' }).waitFor()
  })

  test('a folder of a hundred thousand files is scrolled through with few rows in the page', async () => {
    await page.getByRole('button', { name: /^source/ }).tap()
    await page.getByRole('button', { name: /^many/ }).tap()
    const rows = page.getByRole('checkbox', { name: /^Restore row-/ })
    await rows.first().waitFor()
    // To the end of what is there, and on when more has come: a page of rows at a time.
    const lastShown = async () =>
      Number(/\d+/.exec((await rows.last().getAttribute('aria-label')) ?? '')?.[0])
    while (!((await lastShown()) >= 2000)) {
      await page.evaluate('window.scrollBy(0, 4000)')
      await page.waitForTimeout(50)
      expect(await rows.count()).toBeLessThan(100)
    }
    await page.evaluate('window.scrollTo(0, 0)')
    await page.getByRole('button', { name: 'All', exact: true }).tap()
  })

  test('what changed between two snapshots is told folder by folder', async () => {
    await page.getByRole('button', { name: 'Changes' }).tap()
    await page.getByRole('button', { name: /^source/ }).tap()
    await page.getByRole('button', { name: /^many.*100,001 items added/ }).waitFor()
    await page.getByRole('button', { name: /^accounts.*1 item changed/ }).tap()
    await page.getByRole('button', { name: /^2026\.csv.*changed/ }).waitFor()
    await expectAccessible(page, 'changes')
  })

  test('the calendar goes to a day by keyboard', async () => {
    await page.getByRole('button', { name: 'Calendar' }).tap()
    const dialog = page.getByRole('dialog', { name: 'Choose a day' })
    await dialog.getByRole('button', { name: /\d+: 2 snapshots/ }).press('Enter')
    await expectAccessible(page, 'calendar')
    await dialog.getByRole('list', { name: '2 snapshots' }).getByRole('button').first().press('Enter')
    await dialog.waitFor({ state: 'detached' })
    await page.getByText('1 of 2').waitFor()
  })

  test('on a desktop a file is shown in a second pane beside the folder, compared with what it is now', async () => {
    await page.setViewportSize(DESKTOP.viewport ?? { width: 1280, height: 800 })
    await page.goto(`${agent.address}/restore/`)
    await page.getByRole('button', { name: 'Older snapshot' }).click()
    await page.getByText('1 of 2').waitFor()
    for (const name of [/^source/, /^accounts/, /^2026\.csv/])
      await page.getByRole('button', { name }).click()
    const pane = page.getByRole('region', { name: '2026.csv' })
    await pane.getByText('Only now: ').first().waitFor()
    await pane.getByRole('button', { name: /first seen/ }).waitFor()
    await page.getByRole('button', { name: 'source', exact: true }).click()
    await page.getByRole('button', { name: /^pictures/ }).click()
    await page.getByRole('button', { name: /^sunset\.png/ }).click()
    const picture = page.getByRole('region', { name: 'sunset.png' }).getByRole('img', { name: 'sunset.png' })
    await picture.waitFor()
    const width = `document.querySelector('img[alt="sunset.png"]')?.naturalWidth`
    await expect.poll(() => page.evaluate(width), { timeout: 30_000 }).toBe(480)
    await expectAccessible(page, 'a file beside its folder')
  })

  test('no page threw an error on the way', () => {
    expect(complaints).toEqual([])
  })
})
