import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

test.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])('a limit by time of day is set and taken away on the settings screen, on %s', async (_name, size) => {
  await using agent = await startDemoAgent()
  const page = await openPaired(browser, agent.pairLink, size)
  await page.goto(`${agent.address}/settings/`)
  await page.getByText('Nothing is limited now.').waitFor()
  await page.getByRole('button', { name: 'Add a time' }).click()
  await page.getByLabel('From', { exact: true }).fill('00:00')
  await page.getByLabel('At most').selectOption({ label: '524 kB/s' })
  await page.getByRole('button', { name: 'Save the limits' }).click()
  await page.getByText('Limited to 524 kB a second now.').waitFor()
  await expectAccessible(page, 'the bandwidth settings')
  await page.getByRole('button', { name: 'Remove the limit from 00:00' }).click()
  await page.getByRole('button', { name: 'Save the limits' }).click()
  await page.getByText('Nothing is limited now.').waitFor()
  expect(await page.getByLabel('From', { exact: true }).count()).toBe(0)
})
