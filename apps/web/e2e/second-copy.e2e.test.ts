import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { startDemoAgent } from './demo-agent.ts'

const RUN_MS = 90_000

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

test.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])('a second copy is added, made, shown on the home screen and given up, on %s', async (_name, size) => {
  await using agent = await startDemoAgent()
  const page = await openPaired(browser, agent.pairLink, size)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
  await page.goto(`${agent.address}/settings/plan/?id=demo`)
  await page.getByText('One place can burn.').waitFor()

  await page.getByRole('button', { name: 'Add a second copy' }).click()
  await page.getByRole('radio', { name: /^A folder/ }).click()
  const field = page.getByLabel('Folder for the copy')
  await field.fill(join(agent.home, 'demo', 'source'))
  await page.getByRole('button', { name: 'Copy there' }).click()
  await page.getByText(/holds other things/).waitFor()
  await expectAccessible(page, 'adding a copy')
  const copy = join(agent.person, 'second')
  await field.fill(copy)
  await page.getByRole('button', { name: 'Copy there' }).click()

  await page.getByText(/1 snapshot, .+B\./).waitFor({ timeout: RUN_MS })
  await access(join(copy, 'vault.json'))
  await expectAccessible(page, 'the settings of a plan with a second copy')
  await page.goto(agent.address)
  await page.getByText(`second copy at ${copy}`).waitFor()
  await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor()

  await page.getByRole('link', { name: `second copy at ${copy}` }).click()
  await page.getByRole('button', { name: `Remove the copy at ${copy}` }).click()
  await page.getByRole('button', { name: 'Copy there no more' }).click()
  await page.getByText('One place can burn.').waitFor()
  await access(join(copy, 'vault.json'))
  expect(complaints).toEqual([])
})
