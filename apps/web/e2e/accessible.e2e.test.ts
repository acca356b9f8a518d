import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PRECACHED_PAGES } from '../precached-pages.mjs'
import { expectAccessible } from './axe.ts'
import { launchChromium, openPaired, PHONE } from './browser.ts'
import { type DemoAgent, startDemoAgent } from './demo-agent.ts'
import { keepOnly } from './keep-only.ts'
import { expectReflow } from './reflow.ts'

const RUN_MS = 90_000
const TEST_MS = 240_000

/** Every page of the export with the demo's data, and how one knows that it shows what it has to show. */
const SCREENS: Readonly<Record<string, { query?: string; ready: (page: Page) => Promise<void> }>> = {
  '/': { ready: (page) => heading(page, 'Everything is safe.') },
  '/ops/': { ready: (page) => page.getByText('Looking…').waitFor({ state: 'hidden' }) },
  '/restore/': { ready: (page) => page.getByRole('checkbox').first().waitFor() },
  '/reports/': { ready: (page) => page.getByRole('heading', { level: 2 }).first().waitFor() },
  '/settings/': { ready: (page) => page.getByText('This device is “').waitFor() },
  '/settings/plan/': { query: '?id=demo', ready: (page) => heading(page, /.+/) },
  '/settings/notifications/': { ready: (page) => heading(page, /.+/) },
  '/audit/': { ready: (page) => heading(page, 'Audit trail') },
  '/recover/': { ready: (page) => heading(page, 'This machine is set up already.') },
  '/setup/': {
    ready: (page) =>
      page
        .getByRole('checkbox', { name: /^All of / })
        .first()
        .waitFor(),
  },
  '/pair/': { ready: (page) => heading(page, 'Pair this device.') },
  '/~offline/': { ready: (page) => heading(page, 'This page needs the machine.') },
}

let agent: DemoAgent
let browser: Browser
let page: Page
beforeAll(async () => {
  agent = await startDemoAgent()
  browser = await launchChromium()
  page = await openPaired(browser, agent.pairLink, PHONE)
  await heading(page, 'Everything is safe.')
})
afterAll(async () => {
  await browser.close()
  await agent[Symbol.asyncDispose]()
})

test('no page is left out', () => {
  expect(Object.keys(SCREENS).sort()).toEqual([...PRECACHED_PAGES].sort())
})

test.each(Object.entries(SCREENS))(
  '%s keeps nobody out: both themes, both sizes, 320 px, text of 200 %%',
  async (path, { query = '', ready }) => {
    await page.goto(`${agent.address}${path}${query}`)
    await ready(page)
    await page.waitForLoadState('networkidle').catch(() => undefined)
    await expectOpenToAll(path)
  },
  TEST_MS,
)

test(
  'a long date breaks between its words, never inside its numbers',
  async () => {
    const [lists, at] = [/\/snapshot\.list/, '"at":"2025-11-24T12:58:00.000Z"']
    await page.route(lists, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replaceAll(/"at":"[^"]+"/g, at) })
    })
    await page.goto(`${agent.address}/restore/`)
    await heading(page, /^Monday .+2025/)
    await expectReflow(page, 'a long date')
    await page.unroute(lists)
  },
  TEST_MS,
)

test(
  'making a remote keeps nobody out',
  async () => {
    await page.goto(`${agent.address}/settings/`)
    await page.getByRole('button', { name: 'Add a remote' }).click()
    await page.getByRole('button', { name: /^WebDAV/ }).waitFor()
    await expectOpenToAll('choosing a provider')
    await page.getByRole('button', { name: /^WebDAV/ }).click()
    await page.getByRole('button', { name: 'Connect' }).click()
    await page.getByText('This is needed.').waitFor()
    await expectOpenToAll('the form of a provider')
  },
  TEST_MS,
)

test(
  'no step of a set-up keeps anybody out',
  async () => {
    const go = () => page.getByRole('button', { name: 'Continue' }).click()
    await mkdir(join(agent.person, 'Pictures'), { recursive: true })
    await writeFile(join(agent.person, 'Pictures', 'harbour.jpg'), 'x'.repeat(5000))
    await page.goto(`${agent.address}/setup/`)
    await keepOnly(page, 'Your files')
    await page.getByRole('button', { name: /^Leave out\b/ }).click()
    await page.getByText(/^This leaves/).waitFor()
    await page.getByLabel('Name of this plan').fill('For everybody')
    await expectOpenToAll('what')
    await go()
    await page.getByLabel('Folder for the vault').fill(join(agent.person, 'vault'))
    await expectOpenToAll('where')
    await go()
    await page.getByRole('button', { name: 'Make one for me' }).click()
    await go()
    await page.getByText('Save it first, then tick this.').waitFor()
    await expectOpenToAll('passphrase')
    await page.getByRole('checkbox').click()
    await go()
    await heading(page, 'When should it run?')
    await expectOpenToAll('when')
    await page.getByRole('button', { name: 'Start the first backup' }).click()
    await page.getByText('Proven: it comes back.').waitFor({ timeout: RUN_MS })
    await expectOpenToAll('proof')
  },
  TEST_MS,
)

/** axe finds nothing, on a phone and on a desktop, in both themes; and all of it reflows. */
async function expectOpenToAll(screen: string): Promise<void> {
  const phone = page.viewportSize()
  await expectAccessible(page, `${screen} on a phone`)
  await page.setViewportSize({ width: 1280, height: 800 })
  await expectAccessible(page, `${screen} on a desktop`)
  if (phone !== null) await page.setViewportSize(phone)
  await expectReflow(page, screen)
}

async function heading(on: Page, name: string | RegExp): Promise<void> {
  await on.getByRole('heading', { level: 1, name }).waitFor({ timeout: RUN_MS })
}
