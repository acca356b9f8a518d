import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { expectAccessible } from './axe.ts'
import { DESKTOP, launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'

const RUN_MS = 90_000

let agent: DemoAgent
let browser: Browser
beforeAll(async () => {
  agent = await startDemoAgent()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser.close()
  await agent[Symbol.asyncDispose]()
})

describe.each([
  ['a phone', PHONE],
  ['a desktop', DESKTOP],
])('nothing serious keeps anybody out on %s', (title, size) => {
  let page: Page
  const go = () => page.getByRole('button', { name: 'Continue' }).click()

  beforeAll(async () => {
    // The code is good once: the first browser lets the next one in by what it keeps.
    const known = browser.contexts()[0]
    page =
      known === undefined
        ? await openPaired(browser, agent.pairLink, size)
        : await (
            await browser.newContext({ ...size, storageState: await known.storageState({ indexedDB: true }) })
          ).newPage()
    await page.goto(agent.address)
    await page.getByRole('heading', { name: 'Everything is safe.' }).waitFor({ timeout: RUN_MS })
  })

  test('home, ops, restore and settings', async () => {
    await expectAccessible(page, 'home')
    for (const [path, heading] of [
      ['ops', /is backed up\.$/],
      ['restore', /.+/],
      ['settings', /.+/],
      ['audit', 'Audit trail'],
    ] as const) {
      await page.goto(`${agent.address}/${path}/`)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await page.waitForLoadState('networkidle').catch(() => undefined)
      await expectAccessible(page, path)
    }
  })

  test('the settings of a plan, and making a remote', async () => {
    await page.goto(`${agent.address}/settings/`)
    await page.getByRole('button', { name: 'Add a remote' }).click()
    await page.getByRole('button', { name: /^WebDAV/ }).waitFor()
    await expectAccessible(page, 'choosing a provider')
    await page.getByRole('button', { name: /^WebDAV/ }).click()
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('This is needed.').waitFor()
    await expectAccessible(page, 'the form of a provider')
    await page.goto(`${agent.address}/settings/plan/?id=demo`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await expectAccessible(page, 'the settings of a plan')
  })

  test('each step of a set-up', async () => {
    await mkdir(join(agent.person, 'Pictures'), { recursive: true })
    await writeFile(join(agent.person, 'Pictures', 'harbour.jpg'), 'x'.repeat(5000))
    await page.goto(`${agent.address}/setup/`)
    await keepOnly(page, 'Your files')
    await page.getByRole('button', { name: /^Leave out\b/ }).click()
    await page.getByText(/^This leaves/).waitFor()
    await page.getByLabel('Name of this plan').fill(`On ${title}`)
    await expectAccessible(page, 'what')
    await go()
    await page.getByLabel('Folder for the vault').fill(join(agent.person, `vault of ${title}`))
    await expectAccessible(page, 'where')
    await go()
    await page.getByRole('button', { name: 'Make one for me' }).click()
    await go()
    await page.getByText('Save it first, then tick this.').waitFor()
    await expectAccessible(page, 'passphrase')
    await page.getByRole('checkbox').click()
    await go()
    await page.getByRole('heading', { name: 'When should it run?' }).waitFor()
    await expectAccessible(page, 'when')
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.getByRole('heading', { name: 'Proven: it comes back.' }).waitFor({ timeout: RUN_MS })
    await expectAccessible(page, 'proof')
  })
})
