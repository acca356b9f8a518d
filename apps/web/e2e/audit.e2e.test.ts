import { readFile } from 'node:fs/promises'
import type { Browser, Download, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'

const RUN_MS = 60_000

let agent: DemoAgent
let browser: Browser
let page: Page
beforeAll(async () => {
  agent = await startDemoAgent()
  browser = await launchChromium()
  page = await openPaired(browser, agent.pairLink, { ...PHONE, acceptDownloads: true })
  await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
})
afterAll(async () => {
  await browser?.close()
  await agent?.[Symbol.asyncDispose]()
})

async function downloadBy(act: () => Promise<void>): Promise<Download> {
  const [file] = await Promise.all([page.waitForEvent('download'), act()])
  return file
}

describe('on a phone', () => {
  test('the audit trail tells who did what, is found through, checked and saved', async () => {
    await page.goto(`${agent.address}/settings/`)
    await page.getByRole('link', { name: /Audit trail/ }).click()
    const entries = page.getByRole('list', { name: 'Entries' })
    await entries.getByText('made the plan').waitFor()
    await entries.getByText('made the plan').click()
    await entries.getByText('schedule.kind').waitFor()
    await page.getByRole('button', { name: 'Check the trail' }).click()
    await page.getByText('The trail is whole.').waitFor()

    await page.getByLabel('About').selectOption({ label: 'Devices' })
    await entries.getByText('paired the device').waitFor()
    await expect.poll(() => entries.getByRole('listitem').count()).toBe(1)
    await page.getByLabel('Search').fill('no such thing')
    await page.getByText('No entry fits.').waitFor()
    await page.getByLabel('Search').fill('')
    const file = await downloadBy(() => page.getByRole('button', { name: 'Save as CSV' }).click())
    expect(file.suggestedFilename()).toMatch(/^holdfast-audit-.*\.csv$/)
    expect(await readFile(await file.path(), 'utf8')).toContain('device.pair')
  })

  test('a run tells what it changed, and its whole log is searched and saved', async () => {
    await page.goto(`${agent.address}/ops/`)
    await page.getByText('What changed in this run').click()
    await page.getByText(/first snapshot of the plan|No file differs|By folder/).waitFor()
    await page.getByText('Log', { exact: true }).click()
    const log = page.getByRole('log', { name: 'Log lines' })
    await log.getByText('Opening the vault').waitFor()
    await page.getByLabel('Search the log').fill('no such line')
    await page.getByText('No such line.').waitFor()
    await page.getByLabel('Search the log').fill('OPENING')
    await log.getByText('Opening the vault').waitFor()
    const file = await downloadBy(() => page.getByRole('button', { name: 'Save the whole log' }).click())
    expect(await readFile(await file.path(), 'utf8')).toMatch(/^\d{4}-.* info {2}Opening the vault/)
  })
})
